import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Vm } from 'qemu-launch'
import { startServer } from 'qemu-launch/volumes'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { bareConfig, blankFile, freshName, startVm, testDirectory } from '../support/vm.ts'

const servers: ChildProcess[] = []

/** Its socket is there a moment before it listens. */
async function isListening(path: string): Promise<boolean> {
  const socket = connect(path)
  const found = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return found
}

/** A server of anybody's, listening on the socket; it ends with the test. */
async function serve(command: string, words: (socket: string) => string[]): Promise<string> {
  const socket = join(testDirectory(), `${freshName('o')}.sock`)
  servers.push(spawn(command, words(socket), { stdio: 'ignore' }))
  while (!(await isListening(socket))) await sleep(20)
  return socket
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.kill('SIGKILL')
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
  }
})

describe('NBD servers as people run them', () => {
  let vm: Vm

  beforeAll(async () => {
    vm = await startVm()
  })

  afterAll(async () => {
    await vm.kill()
  })

  const attached = async (uri: string) => {
    const id = freshName('n')
    await vm.volumes.attach({ id, uri })
    return (await vm.volumes.list()).find((volume) => volume.id === id)?.sizeBytes
  }

  // Without -f qemu-nbd has probed the format, and takes whole sectors only.
  it('attaches from one that wants its block size to be asked for', async () => {
    const file = blankFile()
    const socket = await serve('qemu-nbd', (path) => ['-t', '-e', '0', '-k', path, file])
    expect(await attached(`nbd:unix:${socket}`)).toBe(1024 * 1024)
  })

  it('attaches from those that speak an older protocol', async () => {
    for (const age of ['--oldstyle', '--mask-handshake=0', '--mask-handshake=1', '--mask-handshake=2']) {
      const socket = await serve('nbdkit', (path) => ['-f', '-U', path, age, 'memory', '1M'])
      expect(await attached(`nbd:unix:${socket}`), age).toBe(1024 * 1024)
    }
  })

  // Slashes beyond the first are the name's own, which QEMU's reader of URIs takes away.
  it('boots from each address that it attaches', async () => {
    const socket = await serve('nbdkit', (path) => [
      ...[
        '-f',
        '-U',
        path,
        'eval',
        'get_size=[ "$2" = "/x" ] && echo 1048576 || { echo ENOENT none >&2; exit 1; }',
      ],
      ...[
        'open=echo "$3"',
        'pread=dd if=/dev/zero bs=1 count=$3 status=none',
        'pwrite=cat >/dev/null',
        'can_write=exit 0',
      ],
    ])
    const spaced = `${socket} a b`
    symlinkSync(socket, spaced)
    for (const uri of [`nbd+unix:////x?socket=${socket}`, `nbd+unix:////x?socket=${spaced}`]) {
      expect(await attached(uri)).toBe(1024 * 1024)
      const config = bareConfig({ drives: [], volumes: [{ id: 'b', role: 'boot', uri }] })
      const booted = await startVm(config)
      const [disk] = await booted.qmp.execute('query-block')
      await booted.kill()
      expect(disk?.inserted?.image['virtual-size']).toBe(1024 * 1024)
    }
  })

  it('refuses an empty disk before QEMU is told', async () => {
    const socket = await serve('nbdkit', (path) => ['-f', '-U', path, 'memory', '0'])
    await expect(vm.volumes.attach({ id: 'empty', uri: `nbd:unix:${socket}` })).rejects.toMatchObject({
      code: 'VOLUME_BACKEND',
      message: expect.stringContaining('has an empty export'),
    })
  })
})

it.each(['qemu-nbd', 'storage-daemon'] as const)(
  '%s serves each format that its schema lists',
  async (type) => {
    process.env.TMPDIR = testDirectory('t')
    for (const format of ['qcow2', 'vmdk', 'vdi', 'vpc', 'vhdx'] as const) {
      const file = join(testDirectory(), `${freshName('i')}.${format}`)
      execFileSync('qemu-img', ['create', '-q', '-f', format, file, '16M'])
      await using server = await startServer({ type, file, format }, { exitWithParent: true })
      expect(server.sizeBytes, format).toBeGreaterThanOrEqual(16n * 1024n * 1024n)
    }
  },
)
