import { describe, expect, test } from 'vitest'
import { QemuLaunchError } from '../../src/errors.ts'
import { parseConfigDocument } from '../../src/vm/index.ts'
import { parseVolumeSpec } from '../../src/volumes/index.ts'
import { cases, expectGolden } from '../support/golden.ts'

function failureOf(work: () => unknown): QemuLaunchError {
  try {
    work()
  } catch (error) {
    if (error instanceof QemuLaunchError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('faults of', () => {
  test.each(cases('errors'))('$name', ({ name, document }) => {
    const isVolume = name.startsWith('volume-')
    const error = failureOf(() => (isVolume ? parseVolumeSpec(document) : parseConfigDocument(document)))
    expect(error.code).toBe(isVolume ? 'VOLUME_SPEC' : 'VM_CONFIG')
    expectGolden('errors', `${name}.txt`, `${error.message}\n`)
  })
})
