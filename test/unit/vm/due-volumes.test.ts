import { expect, test } from 'vitest'
import { parseVmConfig } from '../../../src/vm/config/config.ts'
import { withoutDue } from '../../../src/vm/disks/volume-record.ts'
import { dueVolumes } from '../../../src/vm/launch/due-volumes.ts'
import type { DueVolume, VmRecord, VolumeRecord } from '../../../src/vm/record/state.ts'
import { parseVolumeSpec } from '../../../src/volumes/index.ts'

const spec = (id: string) => parseVolumeSpec({ id, uri: `/images/${id}.raw`, bus: 'hotplug1' })
const server = (id: string) => ({ directory: `/servers/${id}` })
/** Its format is settled, so that nobody looks at what its guest has written there. */
const due = (id: string): DueVolume => ({
  spec: { ...spec(id), format: 'raw' },
  preset: 'hive',
  server: server(id),
})

function entry(id: string, phase: VolumeRecord['phase'], rest: Partial<VolumeRecord> = {}): VolumeRecord {
  return { spec: spec(id), preset: 'hive', port: 'hotplug1', phase, since: 0, ...rest }
}

const configOf = (...data: { id: string; removable?: boolean }[]) =>
  parseVmConfig({
    name: 'vm',
    cpus: 1,
    memoryMiB: 64,
    drives: [{ id: 'os', source: { type: 'file', path: '/os.raw' } }],
    volumes: data.map((volume) => ({ uri: '/data.raw', role: 'data', ...volume })),
  })

const recordOf = (volumes: VolumeRecord[], restarting?: DueVolume[], config = configOf()): VmRecord => ({
  version: 1,
  id: 'vm',
  createdAt: new Date(0).toISOString(),
  config,
  argv: [],
  vcpus: 1,
  ports: [],
  bootDisks: [],
  volumes,
  departures: [],
  looseServers: [],
  bootServers: [],
  ...(restarting === undefined ? {} : { restart: { volumes: restarting, resume: true } }),
})

const idsOf = (volumes: readonly DueVolume[]) => volumes.map(({ spec }) => spec.id)

test('due are the volumes that were attached, as they were, and none that came or went', () => {
  const volumes = [
    entry('here', 'attached', { server: server('here') }),
    entry('coming', 'attaching'),
    entry('going', 'detaching'),
  ]
  expect(dueVolumes(recordOf(volumes), configOf())).toEqual([due('here')])
})

test('what an earlier restart did not come to is due, with its server, wherever that restart was when it ended', () => {
  const volumes = [entry('made', 'attached'), entry('half', 'attaching'), entry('sent', 'detaching')]
  const before = ['made', 'half', 'sent', 'waiting'].map(due)
  expect(dueVolumes(recordOf(volumes, before), configOf())).toEqual(['made', 'half', 'waiting'].map(due))
})

test('of the data volumes of the config those are due that are attached or new, but for those that stay', () => {
  const old = configOf({ id: 'kept' }, { id: 'gone' }, { id: 'stay', removable: false })
  const volumes = [entry('kept', 'attached'), entry('stay', 'attached')]
  const now = { ...old, volumes: [...old.volumes, ...configOf({ id: 'new' }).volumes] }
  expect(idsOf(dueVolumes(recordOf(volumes, undefined, old), now))).toEqual(['kept', 'new'])
})

test('a volume that is no longer due has its server, or leaves it loose', () => {
  const record = recordOf([entry('a', 'attached')], [due('a'), due('b')])
  const first = withoutDue(record, due('a'))
  expect(first).toMatchObject({ volumes: [{ server: server('a') }], looseServers: [] })
  expect(idsOf(first.restart?.volumes ?? [])).toEqual(['b'])
  expect(withoutDue(first, due('b'))).toMatchObject({
    volumes: [{ server: server('a') }],
    looseServers: [{ id: 'b', server: server('b') }],
    restart: { volumes: [], resume: true },
  })
})
