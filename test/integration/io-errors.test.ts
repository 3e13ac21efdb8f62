import { once } from 'node:events'
import { renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { reattachVm, type Vm } from 'qemu-launch'
import type { NbdServer } from 'qemu-launch/volumes'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { oneClientDisk } from '../support/one-client.ts'
import { eventually, freshPath } from '../support/qemu.ts'
import { blankFile, bootGuest, connectConsole, readDisk, startDisk } from '../support/vm.ts'

const deadline = () => AbortSignal.timeout(60_000)
const blocks = 600

/** A server of a file, which can end and come back at the same socket. */
function fileServer() {
  const [file, socket] = [blankFile(16), freshPath('back')]
  return async (): Promise<NbdServer> => {
    const server = await startDisk({ plugin: 'file', parameters: { file }, socket })
    onTestFinished(() => server.stop())
    return server
  }
}

const numbers = Buffer.from(Array.from({ length: 500_000 }, (_, index) => `${index + 1}\n`).join(''))

async function writesDone(vm: Vm, atLeast: number): Promise<void> {
  await eventually(async () => {
    const volume = (await vm.volumes.list()).find(({ id }) => id === 'v')
    expect(volume?.counters?.write.operations).toBeGreaterThan(atLeast)
  })
}

/** A guest with the volume `v` on it, whose first failed request stops it. */
async function guestOnVolume({ beforeCrash = async (_vm: Vm) => {} } = {}) {
  const start = fileServer()
  const server = await start()
  const guest = await bootGuest()
  onTestFinished(() => guest[Symbol.asyncDispose]())
  const { vm, console } = guest
  const id = 'v'
  await vm.volumes.attach({ id, uri: server.uri, onIoError: 'pause-and-resume', reconnectDelaySeconds: 0 })
  const disk = await console.waitForDisk(id)
  await beforeCrash(vm)
  const stopped = vm.qmp.waitFor('STOP', undefined, { signal: deadline() })
  await crash(server)
  return { start, vm, console, id, disk, stopped }
}

async function crash(server: NbdServer): Promise<void> {
  process.kill(server.pid, 'SIGKILL')
  await server.exited
}

describe('a server that is lost for longer than QEMU waits for it', () => {
  test('stops the VM, which runs on when the server is back, and every byte arrives', async () => {
    const start = fileServer()
    const server = await start()
    await using guest = await bootGuest()
    const { vm, console } = guest
    const spec = {
      id: 'v',
      uri: server.uri,
      onIoError: 'pause-and-resume',
      reconnectDelaySeconds: 1,
      limits: { operationsPerSecond: 300 },
    } as const
    await vm.volumes.attach(spec)
    const disk = await console.waitForDisk('v')
    const write = `seq 1 500000 | dd of=/dev/${disk} bs=4k count=${blocks} iflag=fullblock oflag=direct 2>/dev/null`
    const written = console.check(`${write}; echo $?`, { timeoutMs: 60_000 })
    await writesDone(vm, 20)
    const stopped = vm.events({ names: ['VOLUME_IO_ERROR'], signal: deadline() })
    const resumed = vm.events({ names: ['VOLUME_RESUMED'], signal: deadline() })
    await crash(server)
    expect(await stopped.next()).toMatchObject({ value: { data: { id: 'v' } } })
    await eventually(async () => expect((await vm.qmp.execute('query-status')).status).toBe('io-error'))
    expect(vm.state).toBe('paused')

    const again = await start()
    expect(await resumed.next()).toMatchObject({ value: { data: { id: 'v' } } })
    expect(await written).toBe('0')
    expect(vm.state).toBe('running')
    const length = blocks * 4096
    expect(readDisk(again).subarray(0, length).equals(numbers.subarray(0, length))).toBe(true)
    expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
  })

  test('stops the VM, which runs on when the server is back that lets in nobody but QEMU', async () => {
    const { start, uri } = oneClientDisk()
    const server = await start()
    await using guest = await bootGuest()
    const { vm, console } = guest
    await vm.volumes.attach({ id: 'v', uri, onIoError: 'pause-and-resume', reconnectDelaySeconds: 1 })
    const disk = await console.waitForDisk('v')
    const stopped = vm.events({ names: ['VOLUME_IO_ERROR'], signal: deadline() })
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
    const written = console.check(
      `dd if=/dev/zero of=/dev/${disk} bs=4k count=1 oflag=direct 2>/dev/null; echo $?`,
      {
        timeoutMs: 60_000,
      },
    )
    await stopped.next()
    await start()
    expect(await written).toBe('0')
    await eventually(async () => expect(vm.state).toBe('running'))
  })

  test('is waited for by the next owner of the VM', async () => {
    const { start, vm, console, disk, stopped } = await guestOnVolume()
    // The VM may stand still before the shell has answered.
    console.run(`(echo kept >/dev/${disk}; sync; echo $? >/tmp/done) >/dev/null 2>&1 &`).catch(() => {})
    await stopped
    console.close()
    await vm.detach()

    const next = await reattachVm(vm.id, { stateDir: dirname(vm.paths.dir) })
    onTestFinished(async () => void (await next.kill()))
    expect(next.state).toBe('paused')
    const resumed = next.events({ names: ['VOLUME_RESUMED'], signal: deadline() })
    const again = await start()
    await resumed.next()
    using later = await connectConsole(next)
    await later.waitForReady()
    expect(await later.check('until [ -s /tmp/done ]; do :; done; cat /tmp/done')).toBe('0')
    expect(readDisk(again).subarray(0, 5).toString()).toBe('kept\n')
  })

  test.each([false, true])(
    'leaves a VM standing still that was paused meanwhile (with a visitor: %s)',
    async (isVisited) => {
      const { start, vm, console, disk, stopped } = await guestOnVolume()
      if (isVisited) {
        const visitor = await reattachVm(vm.id, { stateDir: dirname(vm.paths.dir), owner: false })
        onTestFinished(() => visitor.detach())
      }
      const written = console.check(`echo kept >/dev/${disk}; sync; echo $?`, { timeoutMs: 60_000 })
      await stopped
      await vm.pause()
      await start()
      // Longer than the pause between two looks at the server by then.
      await sleep(3_000)
      expect(vm.state).toBe('paused')
      await vm.resume()
      expect(await written).toBe('0')
    },
  )

  test('lets one run on that was paused before, and resumed by a visitor', async () => {
    const { start, vm, console, disk, stopped } = await guestOnVolume({
      beforeCrash: async (vm) => {
        await vm.pause()
        await using visitor = await reattachVm(vm.id, { stateDir: dirname(vm.paths.dir), owner: false })
        await visitor.resume()
        await visitor.detach()
      },
    })
    const written = console.check(`echo kept >/dev/${disk}; sync; echo $?`, { timeoutMs: 60_000 })
    await stopped
    await start()
    expect(await written).toBe('0')
    expect(vm.state).toBe('running')
  })

  test('lets it run on although the record could not be read for a moment', async () => {
    const { start, vm, console, disk } = await guestOnVolume()
    const failed = vm.events({ names: ['VOLUME_IO_ERROR'], signal: deadline() })
    const written = console.check(`echo kept >/dev/${disk}; sync; echo $?`, { timeoutMs: 60_000 })
    await failed.next()
    renameSync(vm.paths.state, `${vm.paths.state}.away`)
    // Long enough for more than one look at the server.
    await sleep(700)
    renameSync(`${vm.paths.state}.away`, vm.paths.state)
    await start()
    expect(await written).toBe('0')
  })

  test('is not resumed for a volume that a forced detach has cut off', async () => {
    const { start, vm, console, id, disk, stopped } = await guestOnVolume()
    console.run(`(echo lost >/dev/${disk}; sync) >/dev/null 2>&1 &`).catch(() => {})
    await stopped
    expect(await vm.volumes.detach(id, { force: true, waitMs: 200 })).toMatchObject({ severed: true })
    const resumed = vi.fn()
    vm.qmp.on('RESUME', resumed)
    await start()
    await sleep(3_000)
    expect(resumed).not.toHaveBeenCalled()
    await vm.reset()
    await vm.resume()
    expect(await vm.volumes.detach(id)).toEqual({ outcome: 'detached', id, severed: true })
  })

  test('fails the guest’s writes where nothing else was asked for', async () => {
    const start = fileServer()
    const server = await start()
    await using guest = await bootGuest()
    const { vm, console } = guest
    await vm.volumes.attach({ id: 'v', uri: server.uri, reconnectDelaySeconds: 0 })
    const disk = await console.waitForDisk('v')
    await crash(server)
    const { status } = await console.run(`dd if=/dev/zero of=/dev/${disk} bs=4k count=1 oflag=direct`)
    expect(status).not.toBe(0)
    expect(vm.state).toBe('running')
  })
})
