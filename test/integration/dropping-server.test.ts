import { afterAll, beforeAll, expect, test } from 'vitest'
import { NastyNbd } from '../support/nasty-nbd.ts'
import { bootGuest, freshName, type RunningGuest } from '../support/vm.ts'

let guest: RunningGuest
beforeAll(async () => {
  guest = await bootGuest()
})
afterAll(() => guest[Symbol.asyncDispose]())

/** How long QEMU's main loop was silent at most while the work went on, and what came of the work. */
async function watched<T>(work: Promise<T>) {
  const { qmp } = guest.vm
  let isOver = false
  const settled = work.then(
    (value) => ({ value }),
    (error: { code: string }) => ({ code: error.code }),
  )
  void settled.then(() => {
    isOver = true
  })
  let worstMs = 0
  while (!isOver) {
    const asked = performance.now()
    await qmp.execute('query-status')
    worstMs = Math.max(worstMs, performance.now() - asked)
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 20))])
  }
  return { ...(await settled), worstMs }
}

const id = () => freshName('d').replace(/-/g, 'x')

test('a server that drops each request costs an attach its bound, and the guest goes on', async () => {
  const server = await new NastyNbd().listen('drop')
  const { worstMs, ...end } = await watched(guest.vm.volumes.attach({ id: id(), uri: server.uri }))
  expect(end).toEqual({ code: 'VOLUME_ATTACH_FAILED' })
  expect(worstMs).toBeLessThan(30_000)
  expect(await guest.console.check('echo alive')).toBe('alive')
})

test.each([false, true])(
  'one that begins to in the moment of a detach costs it its bound (force: %s)',
  async (force) => {
    const server = await new NastyNbd().listen()
    const name = id()
    await guest.vm.volumes.attach({ id: name, uri: server.uri })
    const disk = await guest.console.waitForDisk(name)
    await guest.console.check(`dd if=/dev/zero of=/dev/${disk} bs=4k count=8 2>/dev/null`)
    const onStep = ({ execute }: { execute: string }) => {
      if (execute === 'blockdev-del') server.mode = 'drop'
    }
    const { worstMs } = await watched(guest.vm.volumes.detach(name, { force, onStep }))
    expect(worstMs).toBeLessThan(30_000)
    expect(await guest.console.check('echo alive')).toBe('alive')
  },
)

/** A volume whose guest writes all the time. */
async function written(server: NastyNbd): Promise<string> {
  const name = id()
  await guest.vm.volumes.attach({ id: name, uri: server.uri })
  const disk = await guest.console.waitForDisk(name)
  await guest.console.check(
    `mknod /tmp/${name} b $(tr : ' ' </sys/block/${disk}/dev); (while dd if=/dev/zero of=/tmp/${name} bs=4k count=1 conv=notrunc oflag=direct; do :; done >/dev/null 2>&1 &) ; :`,
  )
  await expect.poll(() => server.counts.writes).toBeGreaterThan(2)
  return name
}

test('a pause while a server drops each request ends in its bound, with the volume cut off and told', async () => {
  const { vm, console } = guest
  const server = await new NastyNbd().listen()
  const name = await written(server)
  const told: string[] = []
  vm.on('VOLUME_STALLED', ({ data }) => void told.push(`${data.id}: ${data.message}`))
  server.mode = 'drop'
  server.dropAll()
  const { worstMs, ...end } = await watched(vm.pause())
  expect(end).toEqual({ value: undefined })
  expect(worstMs).toBeLessThan(30_000)
  expect(told).toEqual([expect.stringMatching(`${name}: .*was cut off`)])
  await vm.resume()
  expect(await console.check('echo alive')).toBe('alive')
  expect(await vm.volumes.detach(name)).toMatchObject({ outcome: 'detached' })
})

test.each(['resize', 'throttle'] as const)(
  'a server that begins to in the moment of a %s costs it its bound',
  async (change) => {
    const { vm, console } = guest
    const server = await new NastyNbd().listen()
    const name = await written(server)
    // The look before the change is the only read.
    server.dropsFromRead = true
    const work =
      change === 'resize'
        ? vm.volumes.resize(name, 16 * 1024 * 1024)
        : vm.volumes.throttle(name, { operationsPerSecond: 1000 })
    const { worstMs, ...end } = await watched(work)
    // QEMU 7.2 waits for no request in a throttle.
    expect(end).toEqual(change === 'resize' ? { code: 'VOLUME_BACKEND' } : { value: undefined })
    expect(worstMs).toBeLessThan(30_000)
    expect(await console.check('echo alive')).toBe('alive')
    // The connection is broken after the resize, and the guest lets go; after the throttle its requests wait.
    expect(
      await vm.volumes.detach(name, { force: true, ...(change === 'resize' ? {} : { waitMs: 3_000 }) }),
    ).toEqual({
      outcome: 'detached',
      id: name,
      ...(change === 'resize' ? {} : { severed: true }),
    })
  },
)
