import { beforeEach, expect, test, vi } from 'vitest'
import { type Results, runBenches } from '../../bench/bench.ts'
import { row } from './rows.ts'

const said: string[] = []
beforeEach(() => {
  said.length = 0
  vi.spyOn(console, 'error').mockImplementation((line: unknown) => void said.push(String(line)))
})

test('a bench that fails takes no other with it, and what there is, is told after each', async () => {
  const one = row('a.one', 1, [1, 1])
  const two = [row('c.one', 1, [1, 1]), row('c.two', 1, [1, 1])]
  const told: Results[] = []
  const results = await runBenches(
    [
      { name: 'a.one', run: async () => one },
      { name: 'b.', run: () => Promise.reject(new Error('no guest')) },
      { name: 'c.', run: async () => two },
    ],
    true,
    (soFar) => told.push(structuredClone(soFar)),
  )
  const failed = [{ name: 'b.', message: 'no guest' }]
  expect(results).toEqual({ rows: [one, ...two], failed })
  expect(told).toEqual([{ rows: [one], failed: [] }, { rows: [one], failed }, results])
  expect(said).toContain('b. failed: no guest')
})
