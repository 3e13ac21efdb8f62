import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { within } from '../../../src/util/deadline.ts'
import { callAfter, sleep } from '../../../src/util/timer.ts'

const days = 24 * 3_600_000

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('callAfter', () => {
  test.each([0, 1, 2 ** 31 - 1, 2 ** 31, 3e9, 1e10])('%d ms: then, and not a millisecond before', (ms) => {
    const call = vi.fn()
    callAfter(ms, call)
    vi.advanceTimersByTime(Math.max(0, ms - 1))
    expect(call).toHaveBeenCalledTimes(ms === 0 ? 1 : 0)
    vi.advanceTimersByTime(1)
    expect(call).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('Infinity: never', () => {
    const call = vi.fn()
    const stop = callAfter(Number.POSITIVE_INFINITY, call)
    vi.advanceTimersByTime(1_000 * days)
    expect(call).not.toHaveBeenCalled()
    stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is called off, also after the first of its timers', () => {
    const call = vi.fn()
    const stop = callAfter(100 * days, call)
    vi.advanceTimersByTime(60 * days)
    stop()
    vi.advanceTimersByTime(100 * days)
    expect(call).not.toHaveBeenCalled()
  })
})

describe('sleep', () => {
  test('resolves in its time, and leaves no listener', async () => {
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, 'removeEventListener')
    const slept = sleep(3e9, { signal })
    vi.advanceTimersByTime(3e9)
    await slept
    expect(removed).toHaveBeenCalledOnce()
  })

  test('rejects on abort, also when it was aborted before, with its reason, and leaves no timer', async () => {
    const abort = new AbortController()
    const slept = sleep(Number.POSITIVE_INFINITY, { signal: abort.signal })
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(slept).rejects.toBe(reason)
    await expect(sleep(1, { signal: abort.signal })).rejects.toBe(reason)
    expect(vi.getTimerCount()).toBe(0)
  })
})

test.each([Number.POSITIVE_INFINITY, 3e9])('within %d ms gives the promise its time', async (timeoutMs) => {
  let resolve = (_value: string) => {}
  const late = () => new Error('too late')
  const promise = new Promise<string>((settle) => {
    resolve = settle
  })
  const waiting = within(promise, { timeoutMs }, { onTimeout: late, onAbort: late })
  vi.advanceTimersByTime(10 * days)
  resolve('in time')
  expect(await waiting).toBe('in time')
  expect(vi.getTimerCount()).toBe(0)
})
