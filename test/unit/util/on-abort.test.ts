import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { offAbort, onAbort } from '../../../src/util/on-abort.ts'

test('however many listen, the signal has one listener, and none when the last has left', () => {
  const controller = new AbortController()
  const { signal } = controller
  let heard = 0
  const listeners = Array.from({ length: 50 }, () => ({ handleEvent: () => void heard++ }))
  for (const listener of listeners) onAbort(signal, listener)
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  for (const listener of listeners.slice(0, 20)) offAbort(signal, listener)
  offAbort(signal, { handleEvent: () => {} })
  controller.abort()
  expect(heard).toBe(30)
  // Node would keep a signal of AbortSignal.any for ever on which something listens.
  expect(getEventListeners(signal, 'abort')).toEqual([])
  for (const listener of listeners) offAbort(signal, listener)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('one who leaves while the others are told is not told, and who comes again is', () => {
  const controller = new AbortController()
  const { signal } = controller
  const told: string[] = []
  const second = { handleEvent: () => void told.push('second') }
  const first = {
    handleEvent: () => {
      told.push('first')
      offAbort(signal, second)
    },
  }
  onAbort(signal, first)
  offAbort(signal, first)
  onAbort(signal, first)
  onAbort(signal, second)
  controller.abort()
  expect(told).toEqual(['first'])
})
