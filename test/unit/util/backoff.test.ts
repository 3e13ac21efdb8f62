import { expect, test, vi } from 'vitest'
import { pauseMs } from '../../../src/util/backoff.ts'
import { untilYes } from '../../../src/util/timer.ts'

test('pauses grow up to the longest', () => {
  const pauses = (factor?: number) => [0, 1, 2, 3].map((n) => pauseMs({ firstMs: 10, lastMs: 45, factor }, n))
  expect(pauses()).toEqual([10, 20, 40, 45])
  expect(pauses(1)).toEqual([10, 10, 10, 10])
})

const soon = { firstMs: 1, lastMs: 2 }
const isWanted = async () => true
const { signal } = new AbortController()

test('what is asked is asked until the answer is yes', async () => {
  const ask = vi.fn(async () => ask.mock.calls.length === 3)
  expect(await untilYes(ask, soon, { isWanted, signal })).toBe(true)
  expect(ask).toHaveBeenCalledTimes(3)
})

test('what nobody wants to know any longer is not asked', async () => {
  const ask = vi.fn(async () => true)
  expect(await untilYes(ask, soon, { isWanted: async () => false, signal })).toBe(false)
  expect(await untilYes(ask, soon, { isWanted, signal: AbortSignal.abort() })).toBe(false)
  expect(ask).not.toHaveBeenCalled()
})

test('an abort ends the pause', async () => {
  const abort = new AbortController()
  const asking = untilYes(
    async () => true,
    { firstMs: 60_000, lastMs: 60_000 },
    { isWanted, signal: abort.signal },
  )
  abort.abort()
  expect(await asking).toBe(false)
})
