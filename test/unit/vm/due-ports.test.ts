import { expect, test } from 'vitest'
import { removable, reserve } from '../../../src/vm/disks/volume-record.ts'
import type { VmRecord } from '../../../src/vm/record/state.ts'
import { parseVolumeSpec } from '../../../src/volumes/index.ts'

const volume = (id: string, bus?: string) => parseVolumeSpec({ id, uri: `/${id}.raw`, bus })

/** A VM with two ports, in a restart that is to attach these. */
const recordOf = (...due: [id: string, bus: string][]) =>
  ({
    id: 'vm',
    ports: ['hotplug1', 'hotplug2'],
    bootDisks: [],
    config: { cpus: 1, volumes: [], drives: [] },
    volumes: [],
    departures: [],
    looseServers: [],
    restart: {
      resume: true,
      volumes: due.map(([id, bus]) => ({ spec: volume(id, bus), preset: 'safe' as const })),
    },
  }) as unknown as VmRecord

const portFor = (record: VmRecord, asked: ReturnType<typeof volume>, foreign: string[] = []) =>
  reserve(record, asked, { preset: 'safe', foreign: new Set(foreign) }).value.entry.port

test('the port of a volume that is due is nobody else’s', () => {
  const record = recordOf(['a', 'hotplug1'])
  expect(portFor(record, volume('new'))).toBe('hotplug2')
  expect(portFor(record, volume('a', 'hotplug1'))).toBe('hotplug1')
  expect(() => portFor(record, volume('new', 'hotplug1'))).toThrow('it holds volume a')
})

test('of two that are due at one port the first has it, and one at no port of the VM keeps nothing', () => {
  const record = recordOf(['a', 'hotplug1'], ['d', 'hotplug1'], ['x', 'hotplug3'])
  expect(portFor(record, volume('a', 'hotplug1'))).toBe('hotplug1')
  expect(() => portFor(record, volume('d', 'hotplug1'))).toThrow('it holds volume a')
  expect(portFor(record, volume('d'))).toBe('hotplug2')
})

test('a port at which QEMU has something else is not given out again', () => {
  expect(portFor(recordOf(['a', 'hotplug1']), volume('a'), ['hotplug1'])).toBe('hotplug2')
})

test('a volume that is due is not said to be gone', () => {
  expect(() => removable(recordOf(['a', 'hotplug1']), 'a')).toThrow(/about to be attached again/)
  expect(() => removable(recordOf(), 'a')).toThrow(/is not attached/)
})
