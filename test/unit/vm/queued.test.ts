import { expect, test } from 'vitest'
import { parseVmConfig } from '../../../src/vm/config/config.ts'
import { queuedAfter } from '../../../src/vm/launch/queued.ts'
import { parseNic } from '../../../src/vm/nics/nic-record.ts'
import type { Queued, VmRecord, VolumeAttachment } from '../../../src/vm/record/state.ts'
import { parseVolumeSpec } from '../../../src/volumes/index.ts'

const spec = (id: string) => parseVolumeSpec({ id, uri: `/images/${id}.raw`, bus: 'hotplug1' })
const server = (id: string) => ({ directory: `/servers/${id}` })

function entry(
  id: string,
  phase: VolumeAttachment['phase'],
  rest: Partial<VolumeAttachment> = {},
): VolumeAttachment {
  const same = { preset: 'hive', port: 'hotplug1', phase, generation: 1 } as const
  return { kind: 'volume', id, spec: spec(id), ...same, ...rest }
}

const configOf = (...data: { id: string; removable?: boolean }[]) =>
  parseVmConfig({
    name: 'vm',
    cpus: 1,
    memoryMiB: 64,
    drives: [{ id: 'os', source: { type: 'file', path: '/os.raw' } }],
    volumes: data.map((volume) => ({ uri: '/data.raw', role: 'data', ...volume })),
  })

const recordOf = (attachments: VmRecord['attachments'], config = configOf()): VmRecord => ({
  version: 2,
  id: 'vm',
  createdAt: new Date(0).toISOString(),
  config,
  argv: [],
  vcpus: 1,
  ports: [],
  bootDisks: [],
  attachments,
  backups: [],
  generations: attachments.length,
  media: [],
  helpers: [],
  links: {},
  bootServers: [],
  logs: [],
})

const idsOf = (volumes: readonly Queued[]) => volumes.map(({ id }) => id)

test('queued are the volumes that were attached, as they were, and none that came or went', () => {
  const volumes = [
    entry('here', 'attached', { server: server('here'), severed: true, throttled: { bytesPerSecond: 1 } }),
    entry('coming', 'attaching'),
    entry('going', 'detaching'),
    entry('left', 'removing', { how: 'ejected' }),
  ]
  expect(queuedAfter(recordOf(volumes), configOf())).toEqual([
    {
      kind: 'volume',
      id: 'here',
      phase: 'queued',
      // Its format is settled, so that nobody looks at what its guest has written there.
      spec: { ...spec('here'), format: 'raw' },
      preset: 'hive',
      port: 'hotplug1',
      server: server('here'),
      throttled: { bytesPerSecond: 1 },
    },
  ])
})

test('what an earlier restart did not come to is queued again, with its server', () => {
  const volumes = [entry('made', 'attached'), entry('waiting', 'queued', { server: server('waiting') })]
  expect(queuedAfter(recordOf(volumes), configOf())).toMatchObject([
    { id: 'made', phase: 'queued' },
    { id: 'waiting', phase: 'queued', server: server('waiting') },
  ])
})

test('network cards that were attached are queued, without those of the config', () => {
  const spec = parseNic({ type: 'user', id: 'net1' })
  const nic = { kind: 'nic', id: 'net1', generation: 1, phase: 'attached', port: 'hotplug2', spec } as const
  const gone = { ...nic, id: 'net2', phase: 'detaching' } as const
  const { generation: _, ...same } = nic
  const crashed = recordOf([nic, gone])
  expect(queuedAfter(crashed, configOf())).toEqual([{ ...same, phase: 'queued' }])
  const launched = { ...configOf(), nics: [spec] }
  expect(queuedAfter(crashed, launched)).toEqual([])
})

test('data volumes of the config that are attached or new are queued, without those that stay', () => {
  const old = configOf({ id: 'kept' }, { id: 'gone' }, { id: 'stay', removable: false })
  const volumes = [entry('kept', 'attached'), entry('stay', 'attached')]
  const now = { ...old, volumes: [...old.volumes, ...configOf({ id: 'new' }).volumes] }
  expect(idsOf(queuedAfter(recordOf(volumes, old), now))).toEqual(['kept', 'new'])
})
