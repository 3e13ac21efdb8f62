import { expect, test } from 'vitest'
import { compareReports, formatComparison, isLoss, unlike } from '../../bench/compare.ts'
import { type EarlierReport, type EarlierRow, parseEarlier } from '../../bench/earlier.ts'
import type { Report } from '../../bench/report.ts'
import type { Row } from '../../bench/rounds.ts'
import { report, row } from './rows.ts'

const verdicts = (before: EarlierReport, now: Report) =>
  Object.fromEntries(compareReports(before, now).map(({ name, verdict }) => [name, verdict]))

const rate = { bound: 'rate', better: 'more' } as const
const wide = (ratio: number, quartiles: [number, number]) => row('a', ratio, [0.1, 9], { quartiles })
const excess = (ours: number, quartiles: [number, number], more: Partial<Row> = {}) =>
  row('a', ours / 10, [0.1, 9], {
    bound: 'excess',
    target: 5,
    judged: ours - 10,
    met: ours <= 15,
    quartiles,
    ...more,
  })

test.each([
  ['clearly slower', row('a', 1, [0.95, 1.05]), row('a', 1.4, [1.3, 1.5]), 'worse'],
  ['clearly faster', row('a', 1.4, [1.3, 1.5]), row('a', 1, [0.95, 1.05]), 'better'],
  ['slower by less than a tenth', row('a', 0.95, [0.94, 0.96]), row('a', 1.04, [1.03, 1.05]), 'same'],
  ['slower within what the old run saw', row('a', 1, [0.9, 1.5]), row('a', 1.4, [1.3, 1.5]), 'same'],
  [
    'slower, but the new run saw the old value too',
    row('a', 1, [0.9, 1.1]),
    row('a', 1.4, [0.9, 1.5]),
    'same',
  ],
  ['a rate that fell', row('a', 1, [0.95, 1.05], rate), row('a', 0.6, [0.5, 0.7], rate), 'worse'],
  ['a rate that rose', row('a', 0.6, [0.5, 0.7], rate), row('a', 1, [0.9, 1.1], rate), 'better'],
  [
    'more of what the target bounds from above',
    row('a', 0.5, [0.45, 0.55], { better: 'more' }),
    row('a', 0.8, [0.75, 0.85], { better: 'more' }),
    'better',
  ],
  [
    'slower by less than a tenth, and missed now',
    row('a', 1, [0.99, 1.01]),
    row('a', 1.08, [1.07, 1.1]),
    'worse',
  ],
  ['missed now, but as the old run saw it', row('a', 1.04, [0.9, 1.1]), row('a', 1.08, [1.07, 1.1]), 'same'],
  ['missed both times', row('a', 1.06, [1.06, 1.06]), row('a', 1.1, [1.1, 1.1]), 'same'],
  ['spread wide, with the middle half elsewhere', wide(1, [0.95, 1.05]), wide(1.4, [1.3, 1.5]), 'worse'],
  ['not finite now', row('a', 1, [1, 1]), row('a', Number.NaN, [1, 1]), 'worse'],
  ['not there before', row('b', 1, [1, 1]), row('a', 1, [1, 1]), 'new'],
] as const)('%s', (_, before, now, verdict) => {
  expect(verdicts(report(before), report(now)).a).toBe(verdict)
})

test('the comparison ends with how many rows got worse', () => {
  const before = report(row('a', 1, [0.9, 1.1]), row('b', 1, [0.9, 1.1]))
  const worse = report(row('a', 2, [1.9, 2.1]), row('b', 1, [0.9, 1.1]))
  expect(formatComparison(compareReports(before, worse))).toBe(
    'worse   a  1.00 -> 2.00\nsame    b  1.00 -> 1.00\n1 got worse',
  )
})

test.each([
  ['grown by much of the target', excess(12, [1.9, 2.1]), excess(12.6, [2.5, 2.7]), 'worse'],
  ['grown by less than a tenth of the target', excess(10.5, [0.4, 0.6]), excess(10.9, [0.8, 1]), 'same'],
  ['grown by less than a tenth of itself', excess(30, [19.9, 20.1]), excess(31, [20.9, 21.1]), 'same'],
  ['fallen below the floor', excess(12, [1.9, 2.1]), excess(8, [-2.1, -1.9]), 'better'],
] as const)('what is above the floor is compared by itself: %s', (_, before, now, verdict) => {
  expect(verdicts(report(before), report(now)).a).toBe(verdict)
})

test('an earlier run without quartiles is compared by its ratio and spread, or by what was above the floor', () => {
  const old = (more: Partial<EarlierRow>): EarlierReport => ({
    rows: [{ name: 'a', ours: 12, floor: 10, ratioToFloor: 1.2, spread: [0.9, 1.5], ...more }],
  })
  expect(verdicts(old({}), report(row('a', 1.4, [1.3, 1.5]))).a).toBe('same')
  expect(verdicts(old({ spread: null }), report(row('a', 1.4, [1.3, 1.5]))).a).toBe('worse')
  expect(verdicts(old({}), report(excess(12.6, [2.5, 2.7]))).a).toBe('worse')
  expect(verdicts(old({}), report(excess(12.1, [1.9, 2.3]))).a).toBe('same')
})

test.each([{ ratioToFloor: null }, {}, { ratioToFloor: 1, ours: null, bound: 'excess' }])(
  'an earlier row with no number is none: %j',
  (more) => {
    const earlier = parseEarlier(JSON.stringify({ rows: [{ name: 'a', ...more }, null, 3, {}] }))
    const now = more.bound === undefined ? row('a', 1, [1, 1]) : excess(12, [1, 3])
    const changes = compareReports(earlier, report(now))
    expect(changes).toMatchObject([{ name: 'a', verdict: 'new' }])
    expect(formatComparison(changes)).toMatch(/^new {5}a {2}- -> /)
  },
)

test.each(['', '[]', '{"rows": 3}', 'null'])('%j is no earlier report', (text) => {
  expect(() => parseEarlier(text)).toThrow()
})

test('a row that was asked for and is not measured any more is gone, which is a loss', () => {
  const before = report(row('attach.one', 1, [1, 1]), row('launch.x', 1, [1, 1]))
  const changes = compareReports(before, report(), (name) => name.startsWith('attach.'))
  expect(changes.map(({ name, verdict }) => [name, verdict])).toEqual([['attach.one', 'gone']])
  expect(changes.every(isLoss)).toBe(true)
  expect(formatComparison(changes)).toBe('gone    attach.one  1.00 -> -\n1 got worse')
})

test('a quick run beside a full one is told', () => {
  const quick = { ...report(), quick: true }
  expect(unlike(quick, report())).toMatch(/^the earlier run was a quick one/)
  expect(unlike(report(), quick)).toMatch(/^this run was a quick one/)
  expect(unlike(quick, quick)).toBeUndefined()
  expect(unlike({ rows: [] }, quick)).toBeUndefined()
})
