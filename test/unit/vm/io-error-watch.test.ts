import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { QmpClient, QmpEvent } from '../../../src/qmp/index.ts'
import { IoErrorWatch } from '../../../src/vm/disks/io-error-watch.ts'
import type { VolumeLedger } from '../../../src/vm/disks/volume-ledger.ts'
import type { VolumeAttachment } from '../../../src/vm/record/state.ts'
import { parseVolumeSpec, volumeNames } from '../../../src/volumes/index.ts'

const here = import.meta.filename

const volume = (id: string, uri: string, generation = 1): VolumeAttachment => ({
  kind: 'volume',
  id,
  generation,
  spec: parseVolumeSpec({ id, uri, onIoError: 'pause-and-resume' }),
  preset: 'safe',
  port: 'hotplug1',
  phase: 'attached',
})

/** A VM that is paused for its volumes, of which the record tells what it is given. */
function paused(record: () => VolumeAttachment[]) {
  let status = 'io-error'
  const events: QmpEvent[] = []
  let onError: (event: object) => void = () => {}
  const qmp = {
    closed: new Promise(() => {}),
    cancelledJobsEnded: async () => {},
    on: (_name: string, listener: typeof onError) => {
      onError = listener
    },
    execute: async (command: string) => {
      if (command === 'cont') status = 'running'
      return { status }
    },
  }
  const ledger = { read: async () => ({ attachments: record(), backups: [] }) }
  new IoErrorWatch({
    qmp: qmp as unknown as QmpClient,
    ledger: ledger as unknown as VolumeLedger,
    emit: (event) => events.push(event),
    volumes: { stopVm: async () => {}, isVmHeld: () => false },
  })
  const fail = (id: string) => onError({ data: { action: 'stop', 'node-name': volumeNames(id).node } })
  return { status: () => status, fail, told: () => events.map(({ event, data }) => [event, data.id]) }
}

test('a VM runs on when one server is back and the other volume has been cut off', async () => {
  const [lost, back] = [volume('lost', join(here, 'no'), 1), volume('back', here, 2)]
  let record = [lost, back]
  const vm = paused(() => record)
  for (const id of ['lost', 'back']) vm.fail(id)
  // The one that is back has answered by the second look at the other.
  await new Promise((resolve) => setTimeout(resolve, 250))
  expect(vm.status()).toBe('io-error')
  record = [{ ...lost, severed: true }, back]
  await expect.poll(vm.status).toBe('running')
  await expect.poll(() => vm.told().at(-1)).toEqual(['VOLUME_RESUMED', 'back'])
})

test('a volume that comes anew is watched by its own server', async () => {
  let record = [volume('v', join(here, 'no'))]
  const vm = paused(() => record)
  vm.fail('v')
  await expect.poll(vm.told).toEqual([['VOLUME_IO_ERROR', 'v']])
  record = [volume('v', here, 2)]
  vm.fail('v')
  await expect.poll(vm.status).toBe('running')
  expect(vm.told()).toEqual([
    ['VOLUME_IO_ERROR', 'v'],
    ['VOLUME_IO_ERROR', 'v'],
    ['VOLUME_RESUMED', 'v'],
  ])
})
