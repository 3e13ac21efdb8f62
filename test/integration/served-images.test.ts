import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createImage, reattachVm } from 'qemu-launch'
import { expect, onTestFinished, test } from 'vitest'
import {
  bareConfig,
  failureOf,
  freshName,
  qemuDisks,
  recorded,
  startDisk,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const mib = 1024 * 1024

/** A server that has the bytes of a qcow2 file, and that file. */
async function servedImage(sizeBytes: number, backing?: string) {
  const path = join(testDirectory(), `${freshName('i')}.qcow2`)
  if (backing === undefined) await createImage(path, { sizeBytes })
  else execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', backing, path])
  return { path, server: await startDisk({ plugin: 'file', parameters: { file: path } }) }
}

test('a volume may be an image that a server has: QEMU opens its format, and nothing that its header names', async () => {
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const before = await qemuDisks(vm.qmp)
  const { path, server } = await servedImage(64 * mib)
  const volume = { uri: server.uri, format: 'qcow2' } as const
  for (const limits of [undefined, { operationsPerSecond: 10_000 }]) {
    await vm.volumes.attach({ ...volume, id: 'v', ...(limits === undefined ? {} : { limits }) })
    const [listed] = (await vm.volumes.list()).filter(({ id }) => id === 'v')
    expect(listed).toMatchObject({ state: 'attached', sizeBytes: 64 * mib })
    expect(await vm.discrepancies()).toEqual([])
    expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
    expect(await qemuDisks(vm.qmp)).toEqual(before)
  }
  // What it stands on is said, or said not to be there.
  const above = await servedImage(64 * mib, path)
  const unsaid = vm.volumes.attach({ id: 'w', uri: above.server.uri, format: 'qcow2' })
  expect(await failureOf(unsaid)).toMatchObject({ code: 'VOLUME_BACKEND' })
  const backing = { uri: server.uri, format: 'qcow2' } as const
  const named = vm.volumes.attach({ id: 'w', uri: above.server.uri, format: 'qcow2', backing })
  expect(await failureOf(named)).toMatchObject({
    code: 'VOLUME_BACKEND',
    message: expect.stringContaining('QEMU takes no server in its place'),
  })
  const bare = await servedImage(64 * mib)
  await vm.volumes.attach({ id: 'w', uri: bare.server.uri, format: 'qcow2', backing })
  expect((await vm.volumes.list()).find(({ id }) => id === 'w')).toMatchObject({ sizeBytes: 64 * mib })
  expect(await vm.discrepancies()).toEqual([])
  expect(await vm.volumes.detach('w')).toMatchObject({ outcome: 'detached' })
  expect(await qemuDisks(vm.qmp)).toEqual(before)
})

test('an image whose server has died is left without waiting for it', async () => {
  const vm = await startVm(bareConfig(), { paused: true })
  const { server } = await servedImage(mib)
  await vm.volumes.attach({ id: 'v', uri: server.uri, format: 'qcow2' })
  await vm.detach()
  await server.stop()
  const again = await reattachVm(vm.id, { stateDir: stateDirectory() })
  onTestFinished(async () => void (await again.kill()))
  expect(recorded(again)).toEqual([['v', 'attached']])
  expect(await again.volumes.detach('v', { force: true })).toMatchObject({ outcome: 'detached' })
  expect(recorded(again)).toEqual([])
})

test('an encrypted image is opened by a secret of the VM, at boot and live, in a file and on a server', async () => {
  const secret = ['--object', 'secret,id=s,data=open-me']
  const encrypted = () => {
    const path = join(testDirectory(), `${freshName('i')}.luks`)
    const options = ['-f', 'luks', '-o', 'key-secret=s,iter-time=10']
    // On a busy host it finds no time to measure how fast it is, and says so.
    for (;;) {
      const { status, stderr } = spawnSync('qemu-img', ['create', '-q', ...secret, ...options, path, '8M'])
      if (status === 0) return path
      expect(stderr.toString()).toMatch(/accurate CPU usage/)
    }
  }
  const [boot, live, served] = [encrypted(), encrypted(), encrypted()]
  const server = await startDisk({ plugin: 'file', parameters: { file: served } })
  const luks = { format: 'luks', keySecret: 'disk-key' } as const
  const vm = await startVm(
    bareConfig({
      secrets: [{ id: 'disk-key', data: 'open-me' }],
      drives: [{ id: 'os', source: { type: 'file', path: boot }, ...luks }],
    }),
    { paused: true },
  )
  onTestFinished(async () => void (await vm.kill()))
  const before = await qemuDisks(vm.qmp)
  const wrong = vm.volumes.attach({ id: 'v', uri: live, ...luks, keySecret: 'other' })
  expect(await failureOf(wrong)).toMatchObject({ code: 'VOLUME_ATTACH_FAILED' })
  const unopened = vm.volumes.attach({ id: 'v', uri: live, format: 'luks' })
  expect(await failureOf(unopened)).toMatchObject({ code: 'VOLUME_SPEC', faults: [{ path: 'keySecret' }] })
  for (const uri of [live, server.uri]) {
    await vm.volumes.attach({ id: 'v', uri, ...luks })
    expect((await vm.volumes.list()).find(({ id }) => id === 'v')).toMatchObject({ sizeBytes: 8 * mib })
    expect(await vm.discrepancies()).toEqual([])
    expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
  }
  expect(await qemuDisks(vm.qmp)).toEqual(before)
})
