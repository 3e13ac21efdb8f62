import { describe, expect, test } from 'vitest'
import { parseVmConfig } from '../../../src/vm/config/config.ts'
import { configDifferences } from '../../../src/vm/config/differences.ts'

const base = { name: 'v', cpus: 1, memoryMiB: 64, kernel: { image: '/k' } }
const between = (one: object, other: object) =>
  configDifferences(parseVmConfig({ ...base, ...one }), parseVmConfig({ ...base, ...other }))

describe('configDifferences', () => {
  const volume = (uri: string) => ({ volumes: [{ id: 'a', uri, role: 'boot' }] })

  test.each([
    ['the same config', {}, {}, []],
    ['a default in words', {}, { arch: 'x86_64', nics: [] }, []],
    ['a number', {}, { memoryMiB: 128 }, ['memoryMiB']],
    ['a key that one has', {}, { rng: true, cpu: 'max' }, ['rng', 'cpu']],
    ['a key inside a list', volume('/a'), volume('/b'), ['volumes[0].uri']],
    ['a longer list', {}, volume('/a'), ['volumes']],
    ['a number in place of an object', {}, { cpus: { count: 1 } }, ['cpus']],
    ['the text of a secret', secret('one'), secret('two'), []],
    ['another secret', secret('one'), { secrets: [{ id: 'b', data: 'one' }] }, ['secrets[0]']],
    ['the words of a seed', { cloudInit: { userData: 'a' } }, { cloudInit: { userData: 'b' } }, []],
    ['a seed', {}, { cloudInit: { userData: 'b' } }, ['cloudInit']],
  ])('%s', (_what, one, other, expected) => {
    expect(between(one, other)).toEqual(expected)
  })
})

function secret(data: string) {
  return { secrets: [{ id: 'a', data }] }
}
