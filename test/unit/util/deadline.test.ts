import { getEventListeners } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import { within } from '../../../src/util/deadline.ts'

const errors = {
  onTimeout: () => new Error('too late'),
  onAbort: (reason: unknown) => new Error('given up', { cause: reason }),
}
const never = new Promise<never>(() => {})

describe('within', () => {
  test('settles as the promise does', async () => {
    expect(await within(Promise.resolve(1), {}, errors)).toBe(1)
    expect(await within(Promise.resolve(1), { timeoutMs: 1000 }, errors)).toBe(1)
    await expect(within(Promise.reject(new Error('own')), { timeoutMs: 1000 }, errors)).rejects.toThrow('own')
  })

  test('gives up at the deadline', async () => {
    await expect(within(never, { timeoutMs: 5 }, errors)).rejects.toThrow('too late')
  })

  test('gives up on abort, with its reason, also when it was aborted before', async () => {
    const reason = new Error('enough')
    const abort = new AbortController()
    const waiting = within(never, { signal: abort.signal, timeoutMs: 10_000 }, errors)
    abort.abort(reason)
    await expect(waiting).rejects.toMatchObject({ message: 'given up', cause: reason })
    const late = Promise.reject(new Error('unheard'))
    await expect(within(late, { signal: abort.signal }, errors)).rejects.toThrow('given up')
  })

  test('leaves neither timer nor listener behind', async () => {
    vi.useFakeTimers()
    try {
      const { signal } = new AbortController()
      const removed = vi.spyOn(signal, 'removeEventListener')
      await within(Promise.resolve(), { timeoutMs: 60_000, signal }, errors)
      expect(vi.getTimerCount()).toBe(0)
      expect(removed).toHaveBeenCalledOnce()
    } finally {
      vi.useRealTimers()
    }
  })
})

test('waits that end with one signal have one listener on it, and leave none', async () => {
  const { signal } = new AbortController()
  let end = () => {}
  const promise = new Promise<void>((resolve) => {
    end = resolve
  })
  const waits = Array.from({ length: 20 }, () => within(promise, { signal }, errors))
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  end()
  await Promise.all(waits)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})
