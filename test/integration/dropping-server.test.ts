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
  expect(worstMs).toBeLessThan(15_000)
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
    expect(worstMs).toBeLessThan(20_000)
    expect(await guest.console.check('echo alive')).toBe('alive')
  },
)
