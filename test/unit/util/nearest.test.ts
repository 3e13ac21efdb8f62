import { expect, test } from 'vitest'
import { closest, nearest } from '../../../src/util/nearest.ts'

const known = [
  'bootIndex',
  'cache',
  'id',
  'iothread',
  'iothreads',
  'memoryMiB',
  'numQueues',
  'qmp',
  'queueSize',
]

test.each([
  ['bootindex', 'bootIndex'],
  ['boot_index', 'bootIndex'],
  ['chace', 'cache'],
  ['caches', 'cache'],
  ['iothraed', 'iothread'],
  ['num_queue', 'numQueues'],
  ['memory', 'memoryMiB'],
  ['Id', 'id'],
  ['zebra', undefined],
  ['', undefined],
  ['qmpSocket', 'qmp'],
  ['queue_size_max', 'queueSize'],
  ['no', undefined],
])('%j is nearest to %s', (word, expected) => {
  expect(nearest(word, known)).toBe(expected)
})

test('of words that are not near there is still a closest', () => {
  expect(closest('zebra', known)).toMatchObject({ isNear: false, word: expect.any(String) })
  expect(closest('zebra', [])).toBeUndefined()
})
