import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Vm } from 'qemu-launch'
import { expect, onTestFinished, test } from 'vitest'
import { VolumeLedger } from '../../src/vm/disks/volume-ledger.ts'
import {
  bareConfig,
  blankFile,
  failureOf,
  freshName,
  latch,
  recorded,
  startDisk,
  startVm,
  testDirectory,
} from '../support/vm.ts'

const MIB = 1024 * 1024

test('a volume that a block job or an export uses is not taken from the guest', async () => {
  await using server = await startDisk()
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const { qmp, volumes } = vm
  await volumes.attach({ id: 'plain', uri: server.uri })
  await volumes.attach({ id: 'limited', uri: server.uri, limits: { operationsPerSecond: 1000 } })
  await qmp.execute('blockdev-add', { driver: 'null-co', 'node-name': 'copy', size: 16 * MIB })
  const asked: unknown[] = []
  const attempt = (id: string) => volumes.detach(id, { onStep: ({ execute }) => void asked.push(execute) })

  // The mirror puts a filter between the disk and the node.
  for (const id of ['plain', 'limited']) {
    const slow = { target: 'copy', sync: 'full', speed: 1 } as const
    const job = { 'job-id': `mirror-${id}`, device: `nbd-${id}`, ...slow }
    await qmp.execute('blockdev-mirror', job)
    await expect(attempt(id)).rejects.toMatchObject({
      code: 'VOLUME_DETACH_FAILED',
      message: expect.stringContaining('block-job-cancel'),
      details: { jobs: [`mirror-${id}`], exports: [] },
    })
    const over = qmp.waitFor('JOB_STATUS_CHANGE', ({ data }) => data.status === 'null', {
      signal: AbortSignal.timeout(60_000),
    })
    await qmp.execute('block-job-cancel', { device: `mirror-${id}`, force: true })
    await over
  }

  await qmp.execute('nbd-server-start', {
    addr: { type: 'unix', data: { path: `${vm.paths.dir}/export.sock` } },
  })
  await qmp.execute('block-export-add', { type: 'nbd', id: 'out', 'node-name': 'nbd-plain', name: 'x' })
  await expect(attempt('plain')).rejects.toMatchObject({
    code: 'VOLUME_DETACH_FAILED',
    details: { jobs: [], exports: ['out'] },
  })
  expect(asked).toEqual([])
  expect(recorded(vm)).toEqual([
    ['plain', 'attached'],
    ['limited', 'attached'],
  ])
  // A job elsewhere is no reason.
  const elsewhere = {
    'job-id': 'other',
    device: 'nbd-plain',
    target: 'copy',
    sync: 'full',
    speed: 1,
  } as const
  await qmp.execute('blockdev-mirror', elsewhere)
  expect(await volumes.detach('limited')).toMatchObject({ outcome: 'detached' })
})

/** A VM whose guest has not begun: a reset takes a disk away that it is asked for. */
async function vmWith(id: string, more: object = {}): Promise<Vm> {
  const server = await startDisk()
  onTestFinished(() => server.stop())
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  await vm.volumes.attach({ id, uri: server.uri, ...more })
  return vm
}

async function addOverlay({ qmp }: Vm, name: string, backing: string | null): Promise<void> {
  const path = join(testDirectory(), `${freshName('overlay')}.qcow2`)
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', path, '16M'])
  const file = { driver: 'file', filename: path } as const
  await qmp.execute('blockdev-add', { driver: 'qcow2', 'node-name': name, file, backing })
}

async function ended({ qmp }: Vm, id: string): Promise<void> {
  await qmp.waitFor('JOB_STATUS_CHANGE', ({ data }) => data.id === id && data.status === 'null', {
    timeoutMs: 30_000,
  })
}

test('a volume that the disk of its guest has as backing file is refused by name, until the overlay is committed', async () => {
  const vm = await vmWith('b')
  const { qmp, volumes } = vm
  await addOverlay(vm, 'above', null)
  await qmp.execute('blockdev-snapshot', { node: 'nbd-b', overlay: 'above' })
  const asked: string[] = []
  const refused = await failureOf(volumes.detach('b', { onStep: ({ execute }) => void asked.push(execute) }))
  expect(refused).toMatchObject({
    code: 'VOLUME_DETACH_FAILED',
    message: expect.stringContaining('block node above'),
    details: { nodes: ['above'], jobs: [], exports: [], devices: [] },
  })
  expect(asked).toEqual([])
  expect(recorded(vm)).toEqual([['b', 'attached']])
  const ready = qmp.waitFor('BLOCK_JOB_READY', undefined, { timeoutMs: 60_000 })
  await qmp.execute('block-commit', { 'job-id': 'commit', device: 'above' })
  await ready
  const over = ended(vm, 'commit')
  await qmp.execute('block-job-complete', { device: 'commit' })
  await over
  await qmp.execute('blockdev-del', { 'node-name': 'above' })
  expect(await volumes.detach('b')).toMatchObject({ outcome: 'detached' })
})

test('a filter, what stands on it and another disk are named too, and a node beside it is not', async () => {
  const vm = await vmWith('b', { readOnly: true })
  const { qmp, volumes } = vm
  const reads = { driver: 'raw', 'node-name': 'reads', file: 'nbd-b', 'read-only': true } as const
  await qmp.execute('blockdev-add', reads)
  await qmp.execute('blockdev-add', {
    driver: 'raw',
    'node-name': 'higher',
    file: 'reads',
    'read-only': true,
  })
  await qmp.execute('blockdev-add', { driver: 'null-co', 'node-name': 'beside', size: 16 * MIB })
  await qmp.execute('device_add', {
    driver: 'virtio-blk-pci',
    id: 'second',
    drive: 'higher',
    bus: 'hotplug7',
  })
  expect(await failureOf(volumes.detach('b', { force: true }))).toMatchObject({
    code: 'VOLUME_DETACH_FAILED',
    details: { nodes: ['reads', 'higher'], devices: ['/machine/peripheral/second/virtio-backend'] },
  })
  expect(recorded(vm)).toEqual([['b', 'attached']])
})

test('what has left its guest while something uses it is told, and detached when the last user goes', async () => {
  // No job among them: with one QEMU 7.2 may hang when the disk or an export leaves its node.
  const vm = await vmWith('b')
  const { paths, qmp, volumes } = vm
  const told: string[] = []
  const [left, gone] = [latch(), latch()]
  vm.on('VOLUME_LEFT_BEHIND', ({ data }) => {
    told.push(data.message)
    left.open()
  })
  vm.on('VOLUME_DETACHED', gone.open)
  const expectKept = async (by: string) => {
    expect(await failureOf(volumes.detach('b'))).toMatchObject({
      code: 'VOLUME_DETACH_FAILED',
      message: expect.stringContaining(
        `has left its guest and is in use: it is detached when these end: ${by}`,
      ),
      details: { step: 'blockdev-del' },
    })
    expect(recorded(vm)).toEqual([['b', 'removing']])
  }
  await qmp.execute('blockdev-add', { driver: 'raw', 'node-name': 'reads', file: 'nbd-b', 'read-only': true })
  // As one that began in the moment of a detach, whose call ended before the guest let go.
  await new VolumeLedger(vm).patch('b', { phase: 'detaching' })
  await qmp.execute('device_del', { id: 'vdisk-b' })
  await qmp.execute('system_reset')
  await left.opened
  expect(told).toEqual([expect.stringContaining('block node reads (blockdev-del')])
  await expectKept('block node reads')
  const addr = { type: 'unix', data: { path: `${paths.dir}/export.sock` } } as const
  await qmp.execute('nbd-server-start', { addr })
  await qmp.execute('block-export-add', { type: 'nbd', id: 'out', 'node-name': 'nbd-b', name: 'x' })
  await qmp.execute('blockdev-del', { 'node-name': 'reads' })
  await expectKept('export out')
  await qmp.execute('block-export-del', { id: 'out' })
  await gone.opened
  expect(recorded(vm)).toEqual([])
  expect(await volumes.detach('b')).toMatchObject({ outcome: 'detached' })
})

test('a node that was deleted is noticed too', async () => {
  const vm = await vmWith('b')
  const { qmp } = vm
  const [left, gone] = [latch(), latch()]
  vm.on('VOLUME_LEFT_BEHIND', left.open)
  vm.on('VOLUME_EJECTED', gone.open)
  await qmp.execute('blockdev-add', { driver: 'raw', 'node-name': 'reads', file: 'nbd-b', 'read-only': true })
  await qmp.execute('device_del', { id: 'vdisk-b' })
  await qmp.execute('system_reset')
  await left.opened
  await qmp.execute('blockdev-del', { 'node-name': 'reads' })
  await gone.opened
  expect(recorded(vm)).toEqual([])
})

test('a VM stands still for a backup on QEMU 7.2, which dies otherwise, and runs on from 10.0, where a stop can lose an interrupt', async () => {
  await using vm = await startVm(bareConfig())
  await vm.volumes.attach({ id: 'v', uri: blankFile(4), format: 'raw' })
  const moves: string[] = []
  for (const name of ['STOP', 'RESUME'] as const) vm.on(name, () => moves.push(name))
  const directory = testDirectory(freshName('backups'))
  for (const kind of ['full', 'incremental'] as const)
    expect(await vm.backups.create('v', { target: join(directory, kind), kind })).toMatchObject({ kind })
  const { major } = vm.qmp.greeting.version.qemu
  const atBoth = ['STOP', 'RESUME', 'STOP', 'RESUME']
  expect(moves).toEqual(major < 10 ? [...atBoth, ...atBoth] : [])
  // One that is cancelled, too.
  const stop = new AbortController()
  vm.on('JOB_STATUS_CHANGE', ({ data }) => data.status === 'running' && stop.abort())
  const options = { target: join(directory, 'none'), kind: 'full', bytesPerSecond: 65_536 } as const
  expect(await failureOf(vm.backups.create('v', { ...options, signal: stop.signal }))).toMatchObject({
    code: 'VOLUME_ABORTED',
  })
  expect(vm.state).toBe('running')
  if (major >= 10) expect(moves).toEqual([])
  await vm.kill()
})
