import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A qemu-storage-daemon: QEMU's block layer without a VM. */
export interface StorageDaemon extends Disposable {
  /** Where it listens: its NBD server, or one vhost-user disk. */
  readonly socket: string
}

/** An NBD server, in the words of `--blockdev`. */
export function nbdNode(path: string): string {
  return `driver=nbd,server.type=unix,server.path=${path}`
}

/** A backend in QEMU itself which takes 2 ms for each request, however many. */
export const slowNode = 'driver=null-co,size=67108864,latency-ns=2000000,read-zeroes=on'

/**
 * Serves one node, in the words of `--blockdev` or by its JSON with the name `disk`, as a disk of vhost-user, or over NBD to any number of clients: this on its main loop, for 7.2 dies of
 * clients in an iothread.
 */
export function serveNode(node: string | object, by: 'vhost-user' | 'nbd', writable = true): StorageDaemon {
  const directory = mkdtempSync(join(tmpdir(), 'qsd-'))
  const socket = join(directory, 's')
  const pidFile = join(directory, 'pid')
  const address = `addr.type=unix,addr.path=${socket}`
  const exported = `id=out,node-name=disk,writable=${onOff(writable)}`
  const words = [
    ...[
      '--daemonize',
      '--pidfile',
      pidFile,
      '--object',
      'iothread,id=io',
      '--blockdev',
      typeof node === 'object'
        ? JSON.stringify(node)
        : `${node},node-name=disk,read-only=${onOff(!writable)}`,
    ],
    ...(by === 'nbd'
      ? ['--nbd-server', `${address},max-connections=0`, '--export', `type=nbd,name=disk,${exported}`]
      : ['--export', `type=vhost-user-blk,${address},num-queues=2,iothread=io,${exported}`]),
  ]
  // It returns when the daemon is ready.
  execFileSync('qemu-storage-daemon', words, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 10_000 })
  const pid = Number(readFileSync(pidFile, 'utf8'))
  return {
    socket,
    [Symbol.dispose]() {
      process.kill(pid, 'SIGTERM')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const onOff = (value: boolean) => (value ? 'on' : 'off')
