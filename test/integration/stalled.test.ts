import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { NastyNbd } from '../support/nasty-nbd.ts'
import { bootGuest, freshName, type RunningGuest } from '../support/vm.ts'

let guest: RunningGuest
const told: { event: string; id: string; message?: string }[] = []
beforeAll(async () => {
  guest = await bootGuest()
  for (const event of ['VOLUME_STALLED', 'VOLUME_RECOVERED', 'VOLUME_CHANGED'] as const)
    guest.vm.on(event, ({ data }) => void told.push({ event, ...data }))
})
afterAll(() => guest[Symbol.asyncDispose]())

const until = (id: string, event: string, message = '') =>
  vi.waitFor(
    () =>
      expect(told).toContainEqual({
        event,
        id,
        ...(message === '' ? {} : { message: expect.stringContaining(message) }),
      }),
    { timeout: 90_000, interval: 200 },
  )

async function attached(server: NastyNbd) {
  const id = freshName('w').replace(/-/g, 'x')
  await guest.vm.volumes.attach({ id, uri: server.uri, reconnectDelaySeconds: 4 })
  return { id, disk: await guest.console.waitForDisk(id) }
}

/** Writes in the first MiB, one block after the other, for as long as that goes well. */
const keepWriting = ({ id, disk }: { id: string; disk: string }) =>
  guest.console.check(
    `mknod /tmp/${id} b $(tr : ' ' </sys/block/${disk}/dev); (while dd if=/dev/zero of=/tmp/${id} bs=4k count=1 seek=$((RANDOM % 256)) conv=notrunc oflag=direct; do :; done >/dev/null 2>&1 &) ; :`,
  )

test('requests that no server answers, and a server that comes back as another, are told', async () => {
  const servers = await Promise.all([1, 2, 3].map(() => new NastyNbd().listen()))
  const [dropping, readOnly, smaller] = servers as [NastyNbd, NastyNbd, NastyNbd]
  const volumes = []
  for (const server of servers) volumes.push(await attached(server))
  const [dropped, kept, shrunk] = volumes as [(typeof volumes)[0], (typeof volumes)[0], (typeof volumes)[0]]
  await keepWriting(dropped)
  await keepWriting(kept)
  for (const { counts } of [dropping, readOnly]) await expect.poll(() => counts.writes).toBeGreaterThan(2)
  expect(told).toEqual([])
  dropping.mode = 'drop'
  dropping.dropAll()
  await readOnly.leave()
  await readOnly.listen('readOnly')
  await smaller.leave()
  smaller.data = smaller.data.subarray(0, 8 * 1024 * 1024)
  await smaller.listen()
  await until(dropped.id, 'VOLUME_STALLED', 'does not answer')
  await until(kept.id, 'VOLUME_STALLED', 'lets nobody write')
  await until(kept.id, 'VOLUME_CHANGED', 'lets nobody write now')
  await until(shrunk.id, 'VOLUME_CHANGED', 'has 8388608 bytes, 8388608 fewer than the guest was told')
  dropping.mode = 'serve'
  readOnly.mode = 'serve'
  await until(dropped.id, 'VOLUME_RECOVERED')
  await until(kept.id, 'VOLUME_RECOVERED')
  // Each once, and none of a volume whose requests were answered.
  const names = told.map(({ event, id }) => `${event} ${id}`)
  expect(new Set(names).size).toBe(names.length)
  expect(names).not.toContain(`VOLUME_STALLED ${shrunk.id}`)
})
