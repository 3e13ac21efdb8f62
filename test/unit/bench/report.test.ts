import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { compareReports, formatComparison } from '../../bench/compare.ts'
import { type Report, writeReport } from '../../bench/report.ts'
import { interleave, type Row, summarize } from '../../bench/rounds.ts'

const row = (name: string, ratioToFloor: number, spread: [number, number], more: Partial<Row> = {}): Row => ({
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
  met: ratioToFloor <= 1.05,
  ...more,
})
const report = (...rows: Row[]): Report => ({ machine: { cores: 2 }, rows })

test.each([
  ['clearly slower', row('a', 1, [0.95, 1.05]), row('a', 1.4, [1.3, 1.5]), 'worse'],
  ['clearly faster', row('a', 1.4, [1.3, 1.5]), row('a', 1, [0.95, 1.05]), 'better'],
  ['slower by less than a tenth', row('a', 1, [0.99, 1.01]), row('a', 1.09, [1.08, 1.1]), 'same'],
  ['slower within what the old run saw', row('a', 1, [0.9, 1.5]), row('a', 1.4, [1.3, 1.5]), 'same'],
  [
    'slower, but the new run saw the old value too',
    row('a', 1, [0.9, 1.1]),
    row('a', 1.4, [0.9, 1.5]),
    'same',
  ],
  [
    'a rate that fell',
    row('a', 1, [0.95, 1.05], { bound: 'rate' }),
    row('a', 0.6, [0.5, 0.7], { bound: 'rate' }),
    'worse',
  ],
  [
    'a rate that rose',
    row('a', 0.6, [0.5, 0.7], { bound: 'rate' }),
    row('a', 1, [0.9, 1.1], { bound: 'rate' }),
    'better',
  ],
  ['not there before', row('b', 1, [1, 1]), row('a', 1, [1, 1]), 'new'],
] as const)('%s', (_, before, now, verdict) => {
  expect(compareReports(report(before), report(now))).toMatchObject([{ name: 'a', verdict }])
})

test('the comparison ends with how many rows got worse', () => {
  const before = report(row('a', 1, [0.9, 1.1]), row('b', 1, [0.9, 1.1]))
  const worse = report(row('a', 2, [1.9, 2.1]), row('b', 1, [0.9, 1.1]))
  expect(formatComparison(compareReports(before, worse))).toBe(
    'worse   a  1.00 -> 2.00\nsame    b  1.00 -> 1.00\n1 got worse',
  )
})

test('every way is measured once a round, there and back, and then begun one further on', async () => {
  const order: string[] = []
  const way = (name: string) => async () => {
    order.push(name)
    return 1
  }
  await interleave(new Map(['a', 'b', 'c'].map((name) => [name, way(name)])), 4)
  expect(order.join('')).toBe('abccbabcaacb')
})

test('a row takes the best floor, and judges by its bound', () => {
  const results = new Map([
    ['ours', [12, 12, 12]],
    ['floor-a', [20, 20, 20]],
    ['floor-b', [10, 10, 10]],
    ['peer', [30, 30, 30]],
  ])
  const goal = { name: 'x.y', unit: 'ms', target: 1.1 }
  expect(summarize(goal, results)).toMatchObject({
    ours: 12,
    floor: 10,
    ratioToFloor: 1.2,
    met: false,
    peers: { peer: 30 },
  })
  expect(summarize({ ...goal, target: 5, bound: 'excess' }, results).met).toBe(true)
  expect(summarize({ ...goal, target: 0.5, bound: 'rate' }, results)).toMatchObject({ floor: 20, met: true })
})

test('a report is one page with a chart for each family', () => {
  const directory = mkdtempSync(join(tmpdir(), 'qlr-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const rows = [
    row('launch.x', 1, [1, 1]),
    row('attach.one', 2, [2, 2], { peers: { 'a<b': 30 }, note: 'Known.' }),
  ]
  const page = readFileSync(writeReport(directory, report(...rows)), 'utf8')
  expect(readdirSync(directory).sort()).toEqual(['attach.svg', 'launch.svg', 'report.md'])
  expect(page).toContain(
    '| attach.one | 20 ms | 10 ms | 2.00 | 2.00–2.00 | 5 | ≤ 1.05 | **missed** | a<b 30 |',
  )
  expect(page).toContain('- `attach.one`: Known.')
  expect(readFileSync(join(directory, 'attach.svg'), 'utf8')).toContain('a&lt;b')
})
