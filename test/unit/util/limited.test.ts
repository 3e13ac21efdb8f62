import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mapLimited } from '../../../src/util/limited.ts'

test('keeps the order and the limit', async () => {
  let inside = 0
  let most = 0
  const results = await mapLimited(
    Array.from({ length: 50 }, (_, index) => index),
    7,
    async (item) => {
      most = Math.max(most, ++inside)
      for (let turn = 0; turn < 50 - item; turn++) await setImmediate()
      inside--
      return item * 2
    },
  )
  expect(results).toEqual(Array.from({ length: 50 }, (_, index) => index * 2))
  expect(most).toBe(7)
  expect(await mapLimited([], 7, async () => 1)).toEqual([])
})

test('rejects with the first failure', async () => {
  await expect(
    mapLimited([1, 2, 3], 2, async (item) => {
      if (item === 2) throw new Error('two')
    }),
  ).rejects.toThrow('two')
})
