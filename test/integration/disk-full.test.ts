import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { inspectVm, launchVm } from 'qemu-launch'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  bareConfig,
  bootGuest,
  connectConsole,
  freshName,
  qemuDisks,
  readDisk,
  recorded,
  startDisk,
  testDirectory,
} from '../support/vm.ts'

const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']

function system(...words: string[]): void {
  const [command = '', ...args] = [...asRoot, ...words]
  execFileSync(command, args)
}

/** A file system of 512 KiB, and what fills it to the last byte and empties it again. */
function smallDisk() {
  const path = testDirectory(freshName('small'))
  system('mount', '-t', 'tmpfs', '-o', `size=512k,mode=0700`, 'tmpfs', path)
  onTestFinished(() => system('umount', '--lazy', path))
  const filler = join(path, 'filler')
  return {
    path,
    fill() {
      const file = openSync(filler, 'a')
      try {
        for (;;) writeSync(file, Buffer.alloc(512))
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
      } finally {
        closeSync(file)
      }
    },
    empty: () => rmSync(filler),
  }
}

describe('on a full disk', () => {
  test('a guest is not held up by its log, and a change of the record is refused with the old one whole', async () => {
    const disk = smallDisk()
    const stateDir = join(disk.path, 's')
    await using server = await startDisk()
    await using witness = await startDisk()
    await using guest = await bootGuest({ stateDir })
    const { vm, console } = guest
    await vm.volumes.attach({ id: 'w', uri: witness.uri })
    const other = await console.waitForDisk('w')
    disk.fill()
    const before = readFileSync(vm.paths.state, 'utf8')
    const nothing = await qemuDisks(vm.qmp)
    // With its log full QEMU drops what a slow viewer has not read: what was said proves nothing, that the guest went on does.
    console.run(`seq 1 20000; echo over >/dev/${other}; sync`).catch(() => {})
    const over = () => readDisk(witness).subarray(0, 5).toString()
    await expect.poll(over, { timeout: 60_000, interval: 200 }).toBe('over\n')
    expect(statSync(vm.paths.consoleLog).size).toBeLessThan(50_000)

    await expect(vm.volumes.attach({ id: 'v', uri: server.uri })).rejects.toMatchObject({
      code: 'VM_STATE',
      message: expect.stringMatching(/ENOSPC/),
      details: { vm: vm.id, path: vm.paths.state },
    })
    expect(readFileSync(vm.paths.state, 'utf8')).toBe(before)
    expect(await qemuDisks(vm.qmp)).toEqual(nothing)
    expect(await inspectVm(vm.id, { stateDir })).toMatchObject({ state: 'alive', pid: vm.pid })

    disk.empty()
    const fullAtTheEnd = vm.volumes.attach(
      { id: 'v', uri: server.uri },
      { onAnswer: ({ execute }) => execute === 'device_add' && disk.fill() },
    )
    await expect(fullAtTheEnd).rejects.toMatchObject({
      code: 'VOLUME_ATTACH_FAILED',
      message: expect.stringMatching(/ENOSPC/),
      details: { vm: vm.id, volume: 'v', leftovers: [] },
    })
    expect(await qemuDisks(vm.qmp)).toEqual(nothing)

    disk.empty()
    await vm.volumes.attach({ id: 'v', uri: server.uri })
    expect(recorded(vm)).toEqual([
      ['w', 'attached'],
      ['v', 'attached'],
    ])
    using later = await connectConsole(vm)
    await later.waitForReady()
    expect(await later.check('echo and on')).toBe('and on')
    expect(await vm.shutdown()).toMatchObject({ reason: 'guest-shutdown' })
  })

  test('a launch fails with the reason and leaves nothing', async () => {
    const disk = smallDisk()
    disk.fill()
    const config = bareConfig()
    await expect(launchVm(config, { stateDir: disk.path })).rejects.toMatchObject({
      message: expect.stringMatching(/ENOSPC/),
    })
    expect(existsSync(join(disk.path, config.name))).toBe(false)
  })
})
