import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type NbdServer, type ServerSpecInput, startServer } from 'qemu-launch/volumes'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'

import { blankFile, bootGuest, freshName, type RunningGuest, testDirectory } from '../support/vm.ts'

let guest: RunningGuest

beforeAll(async () => {
  process.env.TMPDIR = testDirectory('t')
  guest = await bootGuest()
})

afterAll(async () => {
  await guest?.[Symbol.asyncDispose]()
})

const slots = 14
const slotBytes = 1 << 18

/** What the guest writes over and over: each time another slot, all of it lines with the number of the round. */
const writer = (disk: string, name: string) =>
  `round=0; while [ ! -e /tmp/${name}.stop ]; do yes "round $round" | head -c ${slotBytes} | ` +
  `dd of=/dev/${disk} bs=64k seek=$((round % ${slots} * ${slotBytes / 65536})) conv=fsync,notrunc 2>/dev/null || ` +
  `{ echo failed >/tmp/${name}.end; exit 1; }; round=$((round + 1)); echo $round >/tmp/${name}.new; ` +
  `mv /tmp/${name}.new /tmp/${name}; done; echo $round >/tmp/${name}.end`

/** A short wait of the guest's shell that starts no process. */
const pause =
  'mkfifo /tmp/never 2>/dev/null; exec 3<>/tmp/never; pause() { read -r -t 0.01 rest <&3; true; };'

/** What is on the disk after so many rounds. */
function written(rounds: number): Buffer[] {
  return Array.from({ length: slots }, (_, slot) => {
    const last = rounds - 1 - ((rounds - 1 - slot + slots) % slots)
    const line = `round ${last}\n`
    return Buffer.from(line.repeat(Math.ceil(slotBytes / line.length))).subarray(0, slotBytes)
  })
}

type Image = readonly [string, () => { readonly spec: ServerSpecInput; readonly read: () => Buffer }]
const images: readonly Image[] = [
  [
    'nbdkit with a raw file',
    () => {
      const file = blankFile(16)
      return {
        spec: { type: 'nbdkit', plugin: 'file', parameters: { file } },
        read: () => readFileSync(file),
      }
    },
  ],
  ...(['qemu-nbd', 'storage-daemon'] as const).map(
    (type): Image => [
      `${type} with qcow2`,
      () => {
        const file = join(testDirectory(), `${freshName('q')}.qcow2`)
        execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', file, '16M'])
        const read = () => {
          execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', file, `${file}.raw`])
          return readFileSync(`${file}.raw`)
        }
        return { spec: { type, file } as const, read }
      },
    ],
  ),
]

describe('a guest that writes while its server is killed and restarted 20 times', () => {
  test.each(images)('sees no error and loses not a byte: %s', async (_name, make) => {
    const { spec, read } = make()
    const lost = new AbortController()
    const server: NbdServer = await startServer(spec, {
      // Each death is a first one: QEMU looks for the server after 1, 3 and 7 s, and should find it at the first look.
      restart: { healthyMs: 0 },
      onEvent: ({ event, data }) => {
        if (event === 'SERVER_LOST' || event === 'SERVER_RESTART_FAILED') lost.abort(new Error(data.message))
      },
    })
    onTestFinished(() => server.stop())
    const { console, vm } = guest
    const name = freshName('w')
    const ioErrors: unknown[] = []
    const onIoError = (event: unknown) => void ioErrors.push(event)
    vm.qmp.on('BLOCK_IO_ERROR', onIoError)
    onTestFinished(() => void vm.qmp.off('BLOCK_IO_ERROR', onIoError))

    await vm.volumes.attach({ id: name, uri: server.uri, serial: name })
    const disk = await console.waitForDisk(name)
    await console.check(`echo 0 >/tmp/${name}; (${writer(disk, name)}) >/dev/null 2>&1 &`)
    const pids = new Set([server.pid])
    for (let kills = 1; kills <= 20; kills++) {
      // A round that began before the kill and one that ends after it.
      await console.check(
        `${pause} read -r was </tmp/${name}; now=$was; until [ $now -gt $was ] || [ -e /tmp/${name}.end ]; do ` +
          `pause; read -r now </tmp/${name}; done`,
      )
      process.kill(server.pid, 'SIGKILL')
      await expect.poll(() => pids.has(server.pid), { timeout: 60_000 }).toBe(false)
      pids.add(server.pid)
      lost.signal.throwIfAborted()
    }
    await console.check(`${pause} touch /tmp/${name}.stop; until [ -e /tmp/${name}.end ]; do pause; done`)
    const rounds = Number(await console.check(`cat /tmp/${name}.end`))
    expect(rounds).toBeGreaterThan(20)
    expect(await console.check(`dmesg | grep -c -e 'I/O error' -e ${disk}:.*error || true`)).toBe('0')
    expect(ioErrors).toEqual([])
    // What the guest itself reads, past its page cache.
    await console.check('echo 3 >/proc/sys/vm/drop_caches')
    const seen = await console.check(`head -c ${slots * slotBytes} /dev/${disk} | md5sum | cut -d' ' -f1`)
    expect(await vm.volumes.detach(name)).toMatchObject({ outcome: 'detached' })
    await server.stop()

    const found = read()
    const expected = written(rounds)
    for (const [slot, bytes] of expected.entries()) {
      const there = found.subarray(slot * slotBytes, (slot + 1) * slotBytes)
      expect(there.equals(bytes), `slot ${slot} of ${rounds} rounds`).toBe(true)
    }
    expect(seen).toBe(createHash('md5').update(Buffer.concat(expected)).digest('hex'))
  })
})

test('the server of a boot disk is killed and restarted: the guest sees no error, and every byte arrives', async () => {
  const file = blankFile(16)
  const spec = { type: 'nbdkit', plugin: 'file', parameters: { file } } as const
  const server = await startServer(spec, { restart: { healthyMs: 0 } })
  onTestFinished(() => server.stop())
  const source = { type: 'nbd', uri: server.uri } as const
  const drives = [{ id: 'os', source, format: 'raw', serial: 'os', cache: 'none' } as const]
  await using booted = await bootGuest({ config: { drives } })
  const { console, vm } = booted
  const disk = await console.waitForDisk('os')
  for (let kills = 1; kills <= 3; kills++) {
    const { pid } = server
    process.kill(pid, 'SIGKILL')
    const text = `kill ${kills}\n`
    const write = `yes 'kill ${kills}' | head -c ${slotBytes} | dd of=/dev/${disk} bs=64k conv=fsync,notrunc 2>/dev/null`
    expect(await console.check(`${write}; echo $?`, { timeoutMs: 60_000 })).toBe('0')
    // The guest may be served before this process has read the new pid.
    await vi.waitFor(() => expect(server.pid).not.toBe(pid), { timeout: 60_000 })
    expect(
      readFileSync(file)
        .subarray(0, 3 * text.length)
        .toString(),
    ).toBe(text.repeat(3))
  }
  await vm.kill()
})
