import { expect, test } from 'vitest'
import { type JsonObject, QmpClient } from '../../../src/qmp/index.ts'
import { createFakeQmpServer, FakeQmpError, linkedPair } from '../../../src/testing/index.ts'
import { VolumeFactsReader } from '../../../src/vm/disks/volume-facts.ts'

const throttles = Object.fromEntries(
  ['bps', 'bps_rd', 'bps_wr', 'iops', 'iops_rd', 'iops_wr'].map((name) => [name, 0]),
)

const qdev = '/machine/peripheral/vdisk-v/virtio-backend'
const inserted = { 'node-name': 'nbd-v', image: { 'virtual-size': 4096 }, ...throttles }
const stats = (operations: number) => ({
  rd_operations: operations,
  rd_bytes: 0,
  rd_total_time_ns: 0,
  wr_operations: 0,
  wr_bytes: 0,
  wr_total_time_ns: 0,
  flush_operations: 0,
  flush_total_time_ns: 0,
  unmap_operations: 0,
  unmap_bytes: 0,
  unmap_total_time_ns: 0,
})

test('a volume that has gone is forgotten: another of its name has no load when it is first seen', async () => {
  let operations = 0
  const [near, far] = linkedPair()
  await using server = await createFakeQmpServer({
    stream: far,
    commands: {
      'query-block': [{ qdev, inserted } as JsonObject],
      'query-blockstats': () => [{ qdev, stats: stats(++operations) }],
    },
  })
  await using qmp = await QmpClient.connect(near)
  const reader = new VolumeFactsReader(qmp)
  const disk = { id: 'v', user: qdev, isLimited: false, isNbd: true }
  expect((await reader.read([disk])).get('v')).toMatchObject({ node: 'nbd-v', load: undefined })
  expect((await reader.read([disk])).get('v')?.load).toBeDefined()
  await reader.read([])
  expect((await reader.read([disk])).get('v')).toMatchObject({ load: undefined })
  expect(server.connections).toBe(1)
})

test.each([
  ['DeviceNotFound', "Device '/objects/thr-v' not found"],
  ['GenericError', 'no'],
])(
  'a limited volume that leaves while it is looked at has no limits; other failures are told: %s',
  async (qmpClass, desc) => {
    const [near, far] = linkedPair()
    await using _server = await createFakeQmpServer({
      stream: far,
      commands: {
        'query-block': [{ qdev, inserted } as JsonObject],
        'query-blockstats': [{ qdev, stats: stats(1) }],
        'qom-get': () => {
          throw new FakeQmpError(desc, qmpClass)
        },
      },
    })
    await using qmp = await QmpClient.connect(near)
    const disk = { id: 'v', user: qdev, isLimited: true, isNbd: true }
    const read = new VolumeFactsReader(qmp).read([disk])
    if (qmpClass === 'DeviceNotFound') expect((await read).get('v')).toMatchObject({ limits: undefined })
    else await expect(read).rejects.toMatchObject({ qmpClass })
  },
)
