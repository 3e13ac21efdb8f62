import { describe, expect, test } from 'vitest'
import { withProfile } from '../../../src/vm/forms.ts'
import { parseVmConfig, renderArgv, type VmConfigInput } from '../../../src/vm/index.ts'

const config = (rest: Partial<VmConfigInput> = {}): VmConfigInput => ({
  name: 'web',
  cpus: 4,
  memoryMiB: 512,
  volumes: [
    {
      id: 'root',
      role: 'boot',
      serve: { type: 'nbdkit', plugin: 'file', parameters: { file: '/root.img' } },
    },
    { id: 'data', role: 'data', uri: 'nbd:unix:/data.sock', queueSize: 256 },
    { id: 'seed', role: 'cloud-init', uri: '/seed.iso' },
  ],
  drives: [{ id: 'cd', media: 'cdrom', source: { type: 'file', path: '/cd.iso' } }],
  ...rest,
})
const chosen = (rest: Partial<VmConfigInput>) =>
  withProfile(parseVmConfig(config(rest))).choices.map(({ path, value }) => `${path} = ${value}`)

describe('a profile', () => {
  test.each([undefined, 'balanced'] as const)('%s leaves a config as it is', (profile) => {
    const parsed = parseVmConfig(config({ profile }))
    expect(withProfile(parsed)).toEqual({ config: parsed, choices: [] })
    expect(withProfile(parsed).config).toBe(parsed)
  })

  test('chooses for disks, servers and memory, and each choice says why', () => {
    expect(chosen({ profile: 'throughput' })).toEqual([
      'volumes[0].queueSize = 1024',
      'volumes[0].serve.threads = 32',
    ])
    expect(chosen({ profile: 'latency' })).toEqual([
      'volumes[0].serve.threads = 16',
      'memory.prealloc = true',
    ])
    expect(chosen({ profile: 'memory' })).toEqual([
      'volumes[0].numQueues = 1',
      'volumes[0].queueSize = 128',
      'volumes[0].serve.threads = 4',
      'volumes[1].numQueues = 1',
      'memory.balloon = true',
    ])
    for (const { why } of withProfile(parseVmConfig(config({ profile: 'memory' }))).choices)
      expect(why).toMatch(/\S/)
  })

  test('keeps what the config says itself, also what it says no to', () => {
    expect(chosen({ profile: 'latency', memory: { prealloc: false } })).toEqual([
      'volumes[0].serve.threads = 16',
    ])
  })

  test('chooses nothing a second time, and what it chooses is a config', () => {
    for (const profile of ['throughput', 'latency', 'memory'] as const) {
      const { config: first, choices } = withProfile(parseVmConfig(config({ profile })))
      expect(choices).not.toEqual([])
      expect(parseVmConfig(first)).toEqual(first)
      expect(withProfile(first)).toEqual({ config: first, choices: [] })
    }
  })

  test('is in the command line', () => {
    const words = (profile: VmConfigInput['profile']) =>
      renderArgv(config({ profile }), { stateDir: '/s' }).join(' ')
    expect(words('throughput')).toContain('queue-size=1024')
    expect(words('latency')).toContain('prealloc=on')
    expect(words('memory')).toContain('virtio-balloon')
    expect(words('memory')).toMatch(/drive=os,[^ ]*num-queues=1,queue-size=128/)
    expect(words('balanced')).toBe(words(undefined))
  })

  test('that is none is refused by name', () => {
    expect(() => parseVmConfig(config({ profile: 'latancy' as 'latency' }))).toThrow(
      /profile: "latancy".*latency/,
    )
  })
})
