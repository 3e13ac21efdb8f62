import { expect, test } from 'vitest'
import { placed, removable, reserve } from '../../../src/vm/disks/volume-record.ts'
import { volumeOf } from '../../../src/vm/record/attachments.ts'
import type { VmRecord } from '../../../src/vm/record/state.ts'
import { parseVolumeSpec } from '../../../src/volumes/index.ts'

const volume = (id: string, bus?: string) => parseVolumeSpec({ id, uri: `/${id}.raw`, bus })

/** A VM with two ports, in a restart that is to attach these. */
const recordOf = (...queued: [id: string, bus?: string][]) =>
  ({
    id: 'vm',
    ports: ['hotplug1', 'hotplug2'],
    bootDisks: [],
    config: { cpus: 1, volumes: [], drives: [] },
    attachments: queued.map(([id, port]) => ({
      kind: 'volume',
      id,
      phase: 'queued',
      spec: volume(id, port),
      port,
    })),
    generations: 0,
  }) as unknown as VmRecord

const portFor = (record: VmRecord, asked: ReturnType<typeof volume>, foreign: string[] = []) =>
  reserve(record, asked, { preset: 'safe', foreign: new Set(foreign) }).value.entry.port

const portOf = (record: VmRecord, id: string) => {
  const queued = volumeOf(record, id)
  if (queued === undefined) throw new Error(`no ${id}`)
  return placed(record, queued).port
}

test('the port of a queued volume is nobody else’s', () => {
  const record = recordOf(['a', 'hotplug1'])
  expect(portFor(record, volume('new'))).toBe('hotplug2')
  expect(portOf(record, 'a')).toBe('hotplug1')
  expect(() => portFor(record, volume('new', 'hotplug1'))).toThrow('it holds volume a')
})

test('of two that are queued for one port the first has it, and one at no port of the VM keeps nothing', () => {
  const record = recordOf(['a', 'hotplug1'], ['d', 'hotplug1'], ['x', 'hotplug3'])
  expect(portOf(record, 'a')).toBe('hotplug1')
  expect(() => portOf(record, 'd')).toThrow('it holds volume a')
  expect(() => portOf(record, 'x')).toThrow(/hotplug3/)
  expect(portFor(record, volume('new'))).toBe('hotplug2')
})

test('a volume that is queued for no port gets the first that is free', () => {
  expect(portOf(recordOf(['a', 'hotplug1'], ['new']), 'new')).toBe('hotplug2')
})

test('a port at which QEMU has something else is not given out again', () => {
  expect(portFor(recordOf(), volume('new'), ['hotplug1'])).toBe('hotplug2')
})

test('a queued volume is neither attached nor detached by another call', () => {
  expect(() => removable(recordOf(['a', 'hotplug1']), 'a')).toThrow(/about to be attached again/)
  expect(() => portFor(recordOf(['a', 'hotplug1']), volume('a'))).toThrow(/about to be attached again/)
  expect(() => removable(recordOf(), 'a')).toThrow(/is not attached/)
})
