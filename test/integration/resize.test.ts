import { once } from 'node:events'
import { statSync, truncateSync } from 'node:fs'
import { startNbdkit } from 'qemu-launch/volumes'
import { expect, onTestFinished, test } from 'vitest'
import {
  bareConfig,
  blankFile,
  bootGuest,
  failureOf,
  freshName,
  startVm,
  testDirectory,
} from '../support/vm.ts'

const MIB = 1024 * 1024

test('what a server has grown behind QEMU the guest sees once the server was restarted, as the error says', async () => {
  await using guest = await bootGuest()
  const { console, vm } = guest
  const file = blankFile(16)
  process.env.TMPDIR = testDirectory('t')
  const back = new AbortController()
  const server = await startNbdkit({ plugin: 'file', parameters: { file }, restart: true })
  server.onEvent(({ event }) => void (event === 'SERVER_RESTARTED' && back.abort()))
  onTestFinished(() => server.stop())
  await vm.volumes.attach({ id: 'grown', uri: server.uri })
  const disk = await console.waitForDisk('grown')
  expect(await failureOf(vm.volumes.resize('grown', 32 * MIB))).toMatchObject({
    code: 'VOLUME_BACKEND',
    message: expect.stringContaining('has 16777216. Make the disk on the server larger first'),
  })
  truncateSync(file, 32 * MIB)
  expect(await failureOf(vm.volumes.resize('grown', 32 * MIB))).toMatchObject({
    code: 'VOLUME_BACKEND',
    message: expect.stringMatching(/has 33554432 bytes now, .*Restart the server at that address/),
  })
  process.kill(server.pid, 'SIGKILL')
  await once(back.signal, 'abort')
  await vm.volumes.resize('grown', 32 * MIB)
  await console.check(`until [ "$(cat /sys/block/${disk}/size)" = 65536 ]; do :; done`)
  await console.check(`dd if=/dev/zero of=/dev/${disk} bs=4k count=1 seek=8191 oflag=direct 2>/dev/null`)
})

test('after a mirror the disk is resized where it is now, and the old file keeps its size', async () => {
  const [old, target] = [blankFile(16), blankFile(16)]
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const { qmp, volumes } = vm
  const id = freshName('m')
  await volumes.attach({ id, uri: old, format: 'raw' })
  await qmp.execute('blockdev-add', {
    driver: 'raw',
    'node-name': 'copy',
    file: { driver: 'file', filename: target },
  })
  const ready = qmp.waitFor('BLOCK_JOB_READY', undefined, { timeoutMs: 60_000 })
  await qmp.execute('blockdev-mirror', { 'job-id': 'm', device: `nbd-${id}`, target: 'copy', sync: 'full' })
  await ready
  const over = qmp.waitFor('JOB_STATUS_CHANGE', ({ data }) => data.status === 'null', { timeoutMs: 60_000 })
  await qmp.execute('block-job-complete', { device: 'm' })
  await over
  await volumes.resize(id, 32 * MIB)
  expect([statSync(old).size, statSync(target).size]).toEqual([16 * MIB, 32 * MIB])
  expect(await volumes.list()).toContainEqual(expect.objectContaining({ id, sizeBytes: 32 * MIB }))
})

test('a disk is made smaller only when that is asked for', async () => {
  const file = blankFile(16)
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  await vm.volumes.attach({ id: 'v', uri: file, format: 'raw' })
  expect(await failureOf(vm.volumes.resize('v', 8 * MIB))).toMatchObject({
    code: 'VOLUME_SPEC',
    message: expect.stringContaining('has 16777216 bytes, and 8388608 are fewer'),
  })
  expect(statSync(file).size).toBe(16 * MIB)
  await vm.volumes.resize('v', 8 * MIB, { shrink: true })
  expect(statSync(file).size).toBe(8 * MIB)
})
