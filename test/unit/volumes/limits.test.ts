import { describe, expect, test } from 'vitest'
import {
  deviceLimits,
  groupLimits,
  parseVolumeLimits,
  readDeviceLimits,
  readGroupLimits,
  type VolumeLimits,
} from '../../../src/volumes/limits.ts'
import { parseVolumeSpec } from '../../../src/volumes/spec.ts'

const limits: VolumeLimits = {
  bytesPerSecond: 1_000_000,
  readOperationsPerSecond: 100,
  writeOperationsPerSecond: 50,
  operationBytes: 4096,
  burst: { bytesPerSecond: 4_000_000, seconds: 5 },
}

test('limits are said completely, so that nothing of earlier ones stays', () => {
  const none = Object.entries(groupLimits({}))
  expect(none).toHaveLength(19)
  expect(none.filter(([name]) => name.endsWith('-length')).every(([, value]) => value === 1)).toBe(true)
  expect(none.filter(([name]) => !name.endsWith('-length')).every(([, value]) => value === 0)).toBe(true)
  expect(Object.keys(deviceLimits({}))).toHaveLength(19)
  expect(groupLimits(limits)).toMatchObject({
    'bps-total': 1_000_000,
    'bps-total-max': 4_000_000,
    'bps-total-max-length': 5,
    'iops-total': 0,
    'iops-read': 100,
    'iops-write': 50,
    'iops-size': 4096,
  })
  expect(deviceLimits(limits)).toMatchObject({
    bps: 1_000_000,
    bps_max: 4_000_000,
    bps_max_length: 5,
    iops_rd: 100,
  })
})

test('what QEMU says of limits is read back as it was asked', () => {
  expect(readGroupLimits(groupLimits(limits))).toEqual(limits)
  expect(readDeviceLimits(deviceLimits(limits))).toEqual(limits)
  expect(readGroupLimits(groupLimits({}))).toBeUndefined()
  expect(readDeviceLimits({ node: 'other things' })).toBeUndefined()
})

describe('what QEMU would refuse is refused first', () => {
  test.each<[string, VolumeLimits, string]>([
    [
      'a total beside a part',
      { operationsPerSecond: 4, readOperationsPerSecond: 2 },
      'readOperationsPerSecond',
    ],
    ['a burst without a limit', { burst: { bytesPerSecond: 4 } }, 'burst.bytesPerSecond'],
    ['a burst below its limit', { bytesPerSecond: 9, burst: { bytesPerSecond: 4 } }, 'burst.bytesPerSecond'],
    ['a part of an operation', { operationsPerSecond: 0.5 }, 'operationsPerSecond'],
    ['less than nothing', { bytesPerSecond: -1 }, 'bytesPerSecond'],
  ])('%s', (_what, wrong, path) => {
    expect(() => parseVolumeLimits(wrong)).toThrowError(
      expect.objectContaining({ code: 'VOLUME_SPEC', faults: [expect.objectContaining({ path })] }),
    )
    expect(() => parseVolumeSpec({ id: 'v', uri: '/srv/v', limits: wrong })).toThrowError(
      expect.objectContaining({ faults: [expect.objectContaining({ path: `limits.${path}` })] }),
    )
  })
})
