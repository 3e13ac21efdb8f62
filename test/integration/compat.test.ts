import { expect, test } from 'vitest'
import { blankFile, bootGuest, qemuDisks, startDisk } from '../support/vm.ts'

/* A QEMU that refuses whatever is deprecated or not stable: nothing this library sends may be. */
const STRICT = ['-compat', 'deprecated-input=reject,unstable-input=reject']

test('the whole life of a VM and its volumes needs nothing deprecated and nothing unstable', async () => {
  await using guest = await bootGuest({ config: { extraArgs: STRICT } })
  const { vm } = guest
  // It does refuse.
  await expect(
    vm.qmp.execute('drive-backup', { device: 'a', target: '/x', sync: 'full' }),
  ).rejects.toMatchObject({
    qmpClass: 'CommandNotFound',
    message: expect.stringMatching(
      /Deprecated command.*; this is \d+\.\d+\.\d+, which has it unless .*-compat$/,
    ),
  })
  await expect(vm.qmp.execute('x-query-roms')).rejects.toMatchObject({ qmpClass: 'CommandNotFound' })

  const before = await qemuDisks(vm.qmp)
  await using server = await startDisk()
  await vm.volumes.attach({ id: 'vol-nbd', uri: server.uri })
  await vm.volumes.attach({ id: 'vol-hive', uri: blankFile(8), format: 'raw' }, { preset: 'hive' })
  await guest.console.waitForDisk('volnbd')
  await vm.volumes.throttle('vol-nbd', { operationsPerSecond: 100 })
  await vm.volumes.resize('vol-hive', 16 * 1024 * 1024)
  await vm.pause()
  await vm.resume()
  for (const id of ['vol-nbd', 'vol-hive']) {
    expect(await vm.volumes.detach(id, { waitMs: 30_000 })).toEqual({ outcome: 'detached', id })
  }
  expect(await qemuDisks(vm.qmp)).toEqual(before)
  expect(await vm.shutdown({ timeoutMs: 30_000 })).toMatchObject({ reason: 'guest-shutdown' })
})
