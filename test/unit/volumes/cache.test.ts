import { expect, test } from 'vitest'
import { cacheFlags, cachePolicy } from '../../../src/volumes/cache.ts'

test.each([
  ['vol-abc123', 32768],
  ['cloudinit', 32768],
  ['vol-efi-data', 32768],
  ['vol-abc123-cloudinit', 0],
  ['vol-abc123-efi', 0],
])('the cache of %s has %i blocks', (name, blocks) => {
  expect(cachePolicy(name)).toEqual({ blocks, blockSizeBytes: 4096, sizeBytes: blocks * 4096 })
})

test('a main volume has 128 MiB', () => {
  expect(cachePolicy('vol-1').sizeBytes).toBe(134217728)
})

// The table of cache= in QEMU's manual.
test.each([
  ['writeback', 'on', false, false],
  ['none', 'on', true, false],
  ['writethrough', 'off', false, false],
  ['directsync', 'off', true, false],
  ['unsafe', 'on', false, true],
] as const)('cache mode %s', (mode, writeCache, direct, noFlush) => {
  expect(cacheFlags(mode)).toEqual({ writeCache, direct, noFlush })
})
