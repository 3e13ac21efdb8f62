import { expect, test } from 'vitest'
import { nearest } from '../../../src/util/nearest.ts'

const known = ['bootIndex', 'cache', 'id', 'iothread', 'iothreads', 'memoryMiB', 'numQueues', 'queueSize']

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
])('%j is nearest to %s', (word, expected) => {
  expect(nearest(word, known)).toBe(expected)
})
