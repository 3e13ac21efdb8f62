import { expect, test } from 'vitest'
import { startsAtOnce } from '../../../src/vm/clones/launch-many.ts'

test.each([
  [1, 1],
  [2, 1],
  [4, 2],
  [8, 4],
  [16, 8],
  [32, 16],
])('on %i cores %i VMs start at a time', (cores, starts) => {
  expect(startsAtOnce(cores)).toBe(starts)
})
