import type { Report } from '../../bench/report.ts'
import type { Row } from '../../bench/rounds.ts'

export const row = (
  name: string,
  ratioToFloor: number,
  spread: [number, number],
  more: Partial<Row> = {},
): Row => ({
  name,
  unit: 'ms',
  ours: ratioToFloor * 10,
  floor: 10,
  ratioToFloor,
  peers: {},
  n: 5,
  spread,
  target: 1.05,
  bound: 'ratio',
  better: 'less',
  judged: ratioToFloor,
  quartiles: spread,
  met: ratioToFloor <= 1.05,
  ...more,
})
export const report = (...rows: Row[]): Report => ({ machine: { cores: 2 }, quick: false, rows, failed: [] })
