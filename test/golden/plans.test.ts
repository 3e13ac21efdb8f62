import { describe, test } from 'vitest'
import { parseVolumeSpec, planAttach, planDetach } from '../../src/volumes/index.ts'
import { cases, expectGolden } from '../support/golden.ts'

const presets = ['hive', 'safe'] as const

describe.each(presets)('plan with preset %s for', (preset) => {
  test.each(cases('plans'))('$name', ({ name, document }) => {
    const spec = parseVolumeSpec(document)
    const options = {
      preset,
      limited: spec.limits !== undefined,
      tls: spec.tls !== undefined,
      cached: spec.localCache !== undefined,
    }
    const plan = [...planAttach(spec, { preset }), ...planDetach(spec.id, options)]
    expectGolden('plans', `${name}.${preset}.jsonl`, plan.map((command) => `${JSON.stringify(command)}\n`).join(''))
  })
})
