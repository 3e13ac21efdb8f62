import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { QmpClient } from 'qemu-launch/qmp'
import { type NbdServer, type ServerSpecInput, startServer } from 'qemu-launch/volumes'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { oneClientDisk } from '../support/one-client.ts'
import {
  blankFile,
  bootGuest,
  freshName,
  qemuDisks,
  type RunningGuest,
  startDisk,
  testDirectory,
} from '../support/vm.ts'

let guest: RunningGuest
/** The other monitor: it answers as long as QEMU's main loop turns, and can yank when that does not. */
let rescue: QmpClient

beforeAll(async () => {
  process.env.TMPDIR = testDirectory('t')
  guest = await bootGuest()
  rescue = await QmpClient.connect(`unix:${guest.vm.paths.monitor}`, { oob: true })
})

afterAll(async () => {
  await rescue?.close()
  await guest?.[Symbol.asyncDispose]()
})

/** A disk of 4 MiB in a file, whose server can be hung; it runs on when the test is over, whatever became of it. */
async function hangable(): Promise<{ server: NbdServer; file: string; hang: () => void; goOn: () => void }> {
  const file = blankFile(4)
  const server = await startServer({ type: 'nbdkit', plugin: 'file', parameters: { file } })
  onTestFinished(() => server.stop({ timeoutMs: 100 }))
  return {
    server,
    file,
    hang: () => process.kill(server.pid, 'SIGSTOP'),
    goOn: () => process.kill(server.pid, 'SIGCONT'),
  }
}

async function attach(server: NbdServer, more: object = {}): Promise<{ id: string; disk: string }> {
  const id = freshName('v')
  await guest.vm.volumes.attach({ id, uri: server.uri, serial: id, ...more })
  // Then the guest has read its partition table, and asks nothing of the server from then on.
  return { id, disk: await guest.console.waitForDisk(id) }
}

/** What `write` leaves. */
const text = Buffer.from('hello\n'.repeat(43_691)).subarray(0, 262_144)
const write = (disk: string, how = 'bs=64k conv=fsync') =>
  `yes hello | head -c 262144 | dd of=/dev/${disk} ${how} 2>/dev/null; echo $?`
/** All of it under way at once: a disk that goes away waits for that, and for nothing the writer would ask next. */
const inOneGo = 'bs=262144 iflag=fullblock oflag=direct'

/** How long the other monitor took to answer, at worst, until the work was over. */
async function worstAnswerMs(work: Promise<unknown>): Promise<number> {
  let isOver = false
  const finish = () => {
    isOver = true
  }
  const over = work.then(finish, finish)
  let worst = 0
  while (!isOver) {
    const asked = performance.now()
    await rescue.execute('query-status')
    worst = Math.max(worst, performance.now() - asked)
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 50))])
  }
  return worst
}

/** QEMU has reached the command that waits for the server: its main loop no longer answers. */
async function stuck(): Promise<void> {
  const silent = () =>
    rescue.execute('query-status', undefined, { timeoutMs: 500 }).then(
      () => false,
      () => true,
    )
  await expect.poll(silent, { interval: 20 }).toBe(true)
}

describe('a server that hangs', () => {
  test('before the attach: it is refused in time, and the VM goes on', async () => {
    const { server, hang } = await hangable()
    hang()
    const attached = guest.vm.volumes.attach({ id: 'v', uri: server.uri })
    attached.catch(() => {})
    const started = performance.now()
    const worst = await worstAnswerMs(attached)
    await expect(attached).rejects.toMatchObject({
      code: 'VOLUME_BACKEND',
      message: expect.stringContaining('accepted the connection but did not answer'),
    })
    expect(worst).toBeLessThan((performance.now() - started) / 2)
    expect(await guest.console.check('echo alive')).toBe('alive')
  })

  test('under I/O: the VM answers, the detach is pending, and nothing is lost when it goes on', async () => {
    const { server, file, goOn, hang } = await hangable()
    const { disk, id } = await attach(server)
    hang()
    const written = `/tmp/${id}.status`
    await guest.console.check(
      `(${write(disk, inOneGo)}) >${written}.new 2>&1 && mv ${written}.new ${written} & true`,
    )
    await guest.console.check(`until grep -q ' [1-9][0-9]*$' /sys/block/${disk}/inflight; do :; done`)
    const detach = guest.vm.volumes.detach(id, { waitMs: 5000 })
    const started = performance.now()
    const worst = await worstAnswerMs(detach)
    expect(await detach).toEqual({ outcome: 'pending', id })
    expect(worst).toBeLessThan((performance.now() - started) / 2)
    goOn()
    expect(await guest.vm.volumes.detach(id)).toEqual({ outcome: 'detached', id })
    expect(await guest.console.check(`until [ -e ${written} ]; do :; done; cat ${written}`)).toBe('0')
    expect(readFileSync(file).subarray(0, text.length).equals(text)).toBe(true)
  })

  test('while nothing is asked of it: the VM answers, the detach is pending, and a repeat ends it when it goes on', async () => {
    const { server, file, goOn, hang } = await hangable()
    const { disk, id } = await attach(server, { reconnectDelaySeconds: 300 })
    expect(await guest.console.check(write(disk))).toBe('0')
    hang()
    const detach = guest.vm.volumes.detach(id)
    const started = performance.now()
    const worst = await worstAnswerMs(detach)
    expect(await detach).toEqual({ outcome: 'pending', id, waitsFor: 'server' })
    expect(worst).toBeLessThan((performance.now() - started) / 2)
    expect(await guest.console.check('echo alive')).toBe('alive')
    goOn()
    expect(await guest.vm.volumes.detach(id)).toEqual({ outcome: 'detached', id })
    expect(readFileSync(file).subarray(0, text.length).equals(text)).toBe(true)
  })

  test('while nothing is asked of it: a pending detach is ended without a repeat when it goes on', async () => {
    const { server, goOn, hang } = await hangable()
    const { id } = await attach(server)
    hang()
    expect(await guest.vm.volumes.detach(id)).toMatchObject({ outcome: 'pending', waitsFor: 'server' })
    const detached = guest.vm.events({ names: ['VOLUME_DETACHED'], signal: AbortSignal.timeout(60_000) })
    goOn()
    expect(await detached.next()).toMatchObject({ value: { data: { id } } })
    expect((await guest.vm.volumes.list()).map((volume) => volume.id)).not.toContain(id)
  })

  test('while nothing is asked of it: force cuts it off, and the VM answers all the while', async () => {
    const { server, hang } = await hangable()
    const { id } = await attach(server, { reconnectDelaySeconds: 300 })
    hang()
    const detach = guest.vm.volumes.detach(id, { force: true })
    const started = performance.now()
    const worst = await worstAnswerMs(detach)
    expect(await detach).toEqual({ outcome: 'detached', id, severed: true })
    expect(worst).toBeLessThan((performance.now() - started) / 2)
    expect(await guest.console.check('echo alive')).toBe('alive')
  })

  test('just before its node is taken away: QEMU stands still for a bounded time, and it is cut off', async () => {
    const { server, hang } = await hangable()
    const { id } = await attach(server, { reconnectDelaySeconds: 300 })
    const detach = guest.vm.volumes.detach(id, {
      onStep: ({ execute }) => {
        if (execute === 'blockdev-del') hang()
      },
    })
    await stuck()
    expect(await detach).toEqual({ outcome: 'detached', id, severed: true })
    expect(await guest.console.check('echo alive')).toBe('alive')
  })

  test('just before the disk is added: QEMU stands still for a bounded time, and the attach has failed', async () => {
    const { server, hang } = await hangable()
    const before = await qemuDisks(guest.vm.qmp)
    const id = freshName('v')
    const attached = guest.vm.volumes.attach(
      { id, uri: server.uri, reconnectDelaySeconds: 300 },
      {
        onStep: ({ execute }) => {
          if (execute === 'device_add') hang()
        },
      },
    )
    attached.catch(() => {})
    await stuck()
    await expect(attached).rejects.toMatchObject({
      code: 'VOLUME_ATTACH_FAILED',
      clean: true,
      details: { step: 'device_add' },
      cause: { code: 'VOLUME_BACKEND' },
    })
    expect(await qemuDisks(guest.vm.qmp)).toEqual(before)
    expect(await guest.console.check('echo alive')).toBe('alive')
  })

  test('with every request: an attach fails in a bounded time', async () => {
    const server = await startDisk({
      filters: ['delay'],
      parameters: { size: '16M', 'delay-read': 600 },
    })
    onTestFinished(() => server.stop({ timeoutMs: 100 }))
    const before = await qemuDisks(guest.vm.qmp)
    await expect(guest.vm.volumes.attach({ id: freshName('v'), uri: server.uri })).rejects.toMatchObject({
      code: 'VOLUME_ATTACH_FAILED',
      clean: true,
    })
    expect(await qemuDisks(guest.vm.qmp)).toEqual(before)
  })

  test('towards a second client only is no reason to wait', async () => {
    const file = blankFile(4)
    const { start, uri } = oneClientDisk(file)
    await start()
    const id = freshName('v')
    await guest.vm.volumes.attach({ id, uri, serial: id })
    const disk = await guest.console.waitForDisk(id)
    expect(await guest.console.check(write(disk))).toBe('0')
    expect(await guest.vm.volumes.detach(id)).toEqual({ outcome: 'detached', id })
    expect(readFileSync(file).subarray(0, text.length).equals(text)).toBe(true)
  })
})

describe('a server that is gone for longer than the reconnect delay', () => {
  test('pauses a guest that asked for it, which loses nothing when it is resumed', async () => {
    const file = blankFile(4)
    const socket = join(testDirectory(), `${freshName('gone')}.sock`)
    const spec: ServerSpecInput = { type: 'nbdkit', plugin: 'file', parameters: { file }, socket }
    const { vm, console } = guest
    const first = await startServer(spec)
    onTestFinished(() => first.stop())
    const { disk, id } = await attach(first, { reconnectDelaySeconds: 1, werror: 'stop', rerror: 'stop' })
    await first.stop()
    const stopped = vm.qmp.waitFor('STOP', undefined, { timeoutMs: 60_000 })
    const writing = console.run(write(disk), { timeoutMs: 90_000 })
    await stopped
    expect(await vm.qmp.execute('query-status')).toMatchObject({ status: 'io-error' })

    // Resumed with the server still away, it stops again at once.
    const again = vm.qmp.waitFor('STOP', undefined, { timeoutMs: 60_000 })
    await vm.qmp.execute('cont')
    await again
    const second = await startServer(spec)
    onTestFinished(() => second.stop())
    // QEMU looks for it on a clock of its own (after 1, 3, 7, 15 and then each 16 s), and fails requests meanwhile.
    for (let holds = false, tries = 0; !holds && tries < 60; tries++) {
      const relapse = vm.qmp.waitFor('STOP', undefined, { timeoutMs: 1_000 })
      await vm.qmp.execute('cont')
      holds = await relapse.then(
        () => false,
        () => true,
      )
      if (!holds) await new Promise((resolve) => setTimeout(resolve, 500))
    }
    expect((await writing).output.trim()).toBe('0')
    expect(await console.check(`dmesg | grep -c ${disk}.*error || true`)).toBe('0')
    expect(await vm.volumes.detach(id)).toEqual({ outcome: 'detached', id })
    expect(readFileSync(file).subarray(0, text.length).equals(text)).toBe(true)
  })
})
