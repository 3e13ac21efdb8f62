import { type ChildProcess, spawn } from 'node:child_process'
import { type EventEmitter, once } from 'node:events'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { launchVm } from '../../../dist/index.js'
import { startNbdkit } from '../../../dist/volumes/index.js'
import type { Bench } from '../bench.ts'
import { nodeQemu } from '../qmp/peers.ts'
import { interleave, summarize } from '../rounds.ts'
import { BareMonitor, bytesOf } from './bare.ts'
import { openLibvirt } from './libvirt.ts'

const query = bytesOf({ execute: 'query-status' })
let made = 0
/** After it nothing goes on that the launch before has left. */
const restMs = 200

/** A reference that needs no measuring: whatever QEMU does, its launch takes as long. */
const hive = "Hive's waits, by its clock"
const hiveMs = 3000

/** A launch without us: what starts the words in a room of its own, and how long that took. */
type BareLaunch = (
  start: (words: string[], room: string) => Promise<[number, ChildProcess]>,
) => () => Promise<number>

/** A VM as the seed has it: a boot volume over NBD, eleven ports, a network card, a serial console with a log. */
export const launchRow = (directory: string): Bench => ({
  name: 'launch.status-answered',
  async run(quick) {
    await using server = await startNbdkit({ plugin: 'memory', parameters: { size: '64M' } })
    await using libvirt = await openLibvirt()
    const config = (name: string) => ({
      name,
      accelerator: 'tcg' as const,
      cpu: 'max',
      cpus: 2,
      memoryMiB: 256,
      rng: true,
      volumes: [{ id: 'vol-root', uri: server.uri, role: 'boot' as const }],
      nics: [{ type: 'user' as const, id: 'net0' }],
    })
    const stateDir = join(directory, 'vms')
    const ours = async (look = async (_state: string) => {}) => {
      const start = performance.now()
      const vm = await launchVm(config(`l${++made}`), { stateDir, paused: true })
      const spent = performance.now() - start
      await look(vm.paths.state)
      await vm.kill()
      rmSync(vm.paths.dir, { recursive: true, force: true })
      return spent
    }
    // The floor starts the very same words.
    let words: string[] = []
    await ours(async (state) => {
      words = JSON.parse(await readFile(state, 'utf8')).argv
    })
    const template = join(stateDir, `l${made}`)
    const inRoom = (room: string) => words.map((word) => word.replaceAll(template, room))
    const bare: BareLaunch = (start) => async () => {
      const room = join(stateDir, `f${++made}`)
      mkdirSync(room, { recursive: true })
      const [spent, child] = await start(inRoom(room), room)
      await ended(child)
      rmSync(room, { recursive: true })
      return spent
    }
    const ways = new Map([
      ['ours', () => ours()],
      ['floor', bare(startBare)],
      ...nodeQemuWays(bare),
      ...(libvirt === undefined ? [] : [['virsh create --paused', libvirt.create] as const]),
    ])
    const fromRest = new Map([...ways].map(([name, launch]) => [name, () => sleep(restMs).then(launch)]))
    const results = await interleave(fromRest, quick ? 3 : 15)
    return summarize(
      {
        name: 'launch.status-answered',
        unit: 'ms',
        target: 1.03,
        note: 'From rest, each. Spawn to the answer of query-status; the floor starts the same words with an inherited socket. Hive’s bar is not measured: its source sleeps 2 s + 1 s.',
      },
      results.set(hive, [hiveMs]),
    )
  },
})

async function startBare(words: string[], room: string): Promise<[number, ChildProcess]> {
  const start = performance.now()
  const [binary = '', ...args] = words
  const log = openSync(join(room, 'qemu.log'), 'a', 0o600)
  const child = spawn(binary, args, { stdio: ['ignore', log, log, 'pipe'], detached: true })
  closeSync(log)
  const monitor = await BareMonitor.over(child.stdio[3] as Duplex, query)
  const spent = performance.now() - start
  monitor[Symbol.dispose]()
  return [spent, child]
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

interface NodeQemu {
  readonly QemuProcess: new (options: {
    binary: string
    config: object
  }) => {
    readonly proc: ChildProcess
    start(): Promise<void>
  }
  readonly QMPClient: new (
    options: object,
  ) => EventEmitter & {
    connect(): Promise<void>
    execute(command: string): Promise<unknown>
    close(): unknown
  }
}

/** Its README's order (start, then connect) fails with ENOENT: so with polling written by hand, and by its own reconnecting. */
function nodeQemuWays(bare: BareLaunch): [string, () => Promise<number>][] {
  const entry = nodeQemu()
  if (entry === undefined) return []
  const way = (reconnect: boolean) =>
    bare(async (words, room) => {
      const library: NodeQemu = await import(entry)
      const [binary = '', ...extraArgs] = withoutInherited(words)
      const socketPath = join(room, 'qmp.sock')
      const begin = performance.now()
      const machine = new library.QemuProcess({ binary, config: { extraArgs } })
      await machine.start()
      const client = new library.QMPClient({ socketPath, reconnect })
      client.on('error', () => {})
      if (reconnect) {
        const connected = once(client, 'connected')
        client.connect().catch(() => {})
        await connected
      } else {
        await listening(socketPath)
        await client.connect()
      }
      await client.execute('query-status')
      const spent = performance.now() - begin
      client.close()
      return [spent, machine.proc]
    })
  return [
    ['node-qemu, polling by hand', way(false)],
    ['node-qemu, reconnect', way(true)],
  ]
}

/** Nobody but us hands QEMU a socket: that monitor goes. */
function withoutInherited(words: readonly string[]): string[] {
  const at = words.findIndex((word) => /^socket,id=owner,fd=3/.test(word))
  return words.toSpliced(at - 1, 4)
}

async function listening(path: string): Promise<void> {
  for (;;) {
    const socket = connect(path)
    const outcome = await Promise.race([once(socket, 'connect'), once(socket, 'error')]).catch(() => [false])
    socket.destroy()
    if (outcome.length === 0) return
    await sleep(1)
  }
}
