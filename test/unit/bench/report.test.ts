import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeReport } from '../../bench/report.ts'
import { interleave, summarize } from '../../bench/rounds.ts'
import { report, row } from './rows.ts'

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

test.each([
  ['ratio', [1, 2, 3, 4, 5], 3, [2, 4]],
  ['rate', [4, 1, 2], 2, [1, 4]],
  ['excess', [1, 2, 3, 4, 5], 2, [1, 3]],
] as const)('a row says what its %s is judged by, and its quartiles', (bound, ours, judged, quartiles) => {
  const floor = ours.map(() => 1)
  const results = new Map<string, readonly number[]>([
    ['ours', ours],
    ['floor', floor],
  ])
  const better = bound === 'rate' ? 'more' : 'less'
  expect(summarize({ name: 'x.y', unit: 'ms', target: 1, bound }, results)).toMatchObject({
    judged,
    quartiles,
    better,
  })
})

test.each([
  ['ours', { floor: [1] }],
  ['a floor', { ours: [1] }],
  ['a floor', { ours: [1], 'floor-a': [1], 'floor-b': [] }],
])('without a measurement of %s there is no row', (what, measured) => {
  const results = new Map<string, number[]>(Object.entries(measured))
  expect(() => summarize({ name: 'x.y', unit: 'ms', target: 1 }, results)).toThrow(
    `x.y: nothing was measured of ${what}`,
  )
})

test('a report is one page with a chart for each family', () => {
  const directory = mkdtempSync(join(tmpdir(), 'qlr-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const rows = [
    row('launch.x', 1, [1, 1]),
    row('attach.one', 2, [2, 2], { peers: { 'a<b': 30 }, note: 'Known.', table: '| Metric |' }),
  ]
  const page = readFileSync(writeReport(directory, report(...rows)), 'utf8')
  expect(readdirSync(directory).sort()).toEqual(['attach.svg', 'launch.svg', 'report.md'])
  expect(page).toContain(
    '| attach.one | 20 ms | 10 ms | 2.00 | 2.00–2.00 | 5 | ≤ 1.05 | **missed** | a<b 30 |',
  )
  expect(page).toContain('- `attach.one`: Known.\n\n### attach.one\n\n| Metric |\n')
  expect(page).not.toContain('failed')
  expect(readFileSync(join(directory, 'attach.svg'), 'utf8')).toContain('a&lt;b')
})

test('a report names what failed, and says that it was quick', () => {
  const directory = mkdtempSync(join(tmpdir(), 'qlr-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const failed = [{ name: 'launch.x', message: 'no QEMU\nat all' }]
  const page = readFileSync(writeReport(directory, { ...report(), quick: true, failed }), 'utf8')
  expect(page).toContain('- `launch.x`: no QEMU at all\n')
  expect(page).toContain('cores 2 · quick')
})
