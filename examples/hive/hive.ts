/**
 * A Hive of three nodes on this machine: instances are placed, volumes attached, an agent is killed and comes back, and nodes are
 * lost under their guests' writes. Ends with 0 only when no volume ever had two writers. Started by `npm run hive`; the number
 * of lost nodes is its argument (3: one paused, one killed, one cut off from NATS).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inspectVm, killVm, listVms } from 'qemu-launch'
import { endServer, listServers } from 'qemu-launch/volumes'
import { testGuest } from '../../test/support/guest.ts'
import { GuestConsole } from '../../test/support/guest-console.ts'
import { confirm, ms, say, title } from '../demo/screen.ts'
import { type Cluster, type Instance, joinCluster, type Lease, type OrderError, order } from './cluster.ts'
import type { Description } from './instances.ts'
import { type NatsProxy, startNats, startProxy } from './nats.ts'

const losses = Number(process.argv[2] ?? 3)
const id = 'i-1'
const volume = 'vol-data'
const directory = mkdtempSync(join(tmpdir(), 'qemu-launch-hive-'))
const cleanups: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true })]

/** An agent's process, and its way to NATS. */
class Node {
  readonly name: string
  readonly proxy: NatsProxy
  readonly #capacity: Lease
  #child: ChildProcess | undefined

  constructor(name: string, proxy: NatsProxy, capacity: Lease) {
    this.name = name
    this.proxy = proxy
    this.#capacity = capacity
  }

  get vms(): string {
    return join(directory, this.name, 'vms')
  }

  async start(): Promise<void> {
    const agent = fileURLToPath(new URL('agent.ts', import.meta.url))
    const words = [JSON.stringify(testGuest()), JSON.stringify(this.#capacity)]
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', agent, this.name, this.proxy.url, join(directory, this.name), ...words],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    this.#child = child
    const lines = createInterface({ input: child.stdout })
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${this.name} ended`)))
    await Promise.race([once(lines, 'line'), ended])
    ended.catch(() => {})
    lines.on('line', (line) => say('node', line))
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
}

/** How a node is lost, and how it comes back. */
const ways = [
  {
    name: 'its agent stands still (SIGSTOP)',
    lose: async (node: Node) => node.signal('SIGSTOP'),
    comeBack: async (node: Node) => node.signal('SIGCONT'),
  },
  {
    name: 'its agent is killed',
    lose: (node: Node) => node.kill(),
    comeBack: (node: Node) => node.start(),
  },
  {
    name: 'it is cut off from NATS',
    lose: async (node: Node) => node.proxy.cut(true),
    comeBack: async (node: Node) => node.proxy.cut(false),
  },
]

async function main(): Promise<void> {
  title('NATS, two nodes for instances and one for volumes')
  const nats = await startNats(join(directory, 'nats'))
  cleanups.push(() => nats[Symbol.asyncDispose]())
  const nodes = await Promise.all(['n1', 'n2', 'n3'].map((name) => startNode(name, nats.port)))
  const cluster = await joinCluster(`nats://127.0.0.1:${nats.port}`, 'client')
  cleanups.push(() => cluster.nc.close())
  const command = (action: string, body: object = {}) =>
    order<Description>(cluster.nc, `ec2.cmd.${id}`, { action, ...body })

  title('RunInstances: whichever node hears it finds one with room')
  const placed = await order<Instance>(cluster.nc, 'ec2.RunInstances', { id, vcpus: 1, memoryMiB: 192 })
  const first = await command('describe')
  say('node', `${placed.node} runs ${id}, pid ${first.pid}`)
  await order(cluster.nc, 'ec2.RunInstances', { id: 'i-big', vcpus: 99, memoryMiB: 192 }).then(
    () => confirm(false, 'no node has room for 99 vCPUs'),
    (error: OrderError) => confirm(error.code === 'NO_ROOM', error.message),
  )

  title('A volume of n3, attached and written')
  await order(cluster.nc, 'ebs.n3.create', { volume, sizeMiB: 16 })
  const { volumes } = await command('attach', { volume })
  confirm(volumes.includes(volume), `${volume} is attached`)
  await write(first)

  title('The agent is killed and starts again: its VM has not noticed')
  const owner = nodeOf(nodes, placed.node)
  await owner.kill()
  await owner.start()
  const again = await command('describe')
  confirm(
    again.pid === first.pid && again.volumes.includes(volume),
    `the same pid ${again.pid}, and ${volume}`,
  )

  for (let round = 0; round < losses; round++) await loseNode(cluster, nodes, round)

  title('Detach, stop, describe')
  const { volumes: left } = await command('detach', { volume })
  confirm(left.length === 0, `${volume} is detached`)
  await command('stop')
  const stopped = await until(async () => {
    const instance = await instanceIn(cluster)
    return instance.state === 'stopped' ? instance : undefined
  })
  say('ok', `${stopped.id} is ${stopped.state}`)

  title('What the volume server wrote down')
  const writes = writesByEpoch()
  confirm(writes.length === losses + 1, `${writes.length} epochs, each with writes`)
  for (const [index, { epoch, times, began }] of writes.entries()) {
    const before = writes[index - 1]?.times.at(-1) ?? ''
    confirm(before < began, `epoch ${epoch}: ${times.length} writes, all of the epoch before were over`)
  }
}

async function startNode(name: string, natsPort: number): Promise<Node> {
  const proxy = await startProxy(natsPort)
  const node = new Node(
    name,
    proxy,
    name === 'n3' ? { vcpus: 0, memoryMiB: 0 } : { vcpus: 4, memoryMiB: 1024 },
  )
  cleanups.push(async () => {
    await node.kill()
    proxy[Symbol.dispose]()
    for (const vm of await listVms({ stateDir: node.vms })) await killVm(vm.id, { stateDir: node.vms })
    for (const server of await listServers(join(directory, name, 'volumes'))) await endServer(server)
  })
  await node.start()
  return node
}

/** A node is lost while its guest writes. The other one runs the instance, and the lost one ends what it still has. */
async function loseNode(cluster: Cluster, nodes: readonly Node[], round: number): Promise<void> {
  const way = ways[round % ways.length]
  const before = await instanceIn(cluster)
  if (way === undefined) return
  title(`${before.node} is lost: ${way.name}`)
  const lost = nodeOf(nodes, before.node)
  const start = performance.now()
  await way.lose(lost)
  const now = await until(async () => {
    const instance = await instanceIn(cluster)
    return instance.node !== before.node && instance.state === 'running' ? instance : undefined
  })
  const took = performance.now() - start
  say('ok', `${now.node} runs ${id} with its volume after ${ms(took)} ms, epoch ${now.epoch}`)
  const after = await order<Description>(cluster.nc, `ec2.cmd.${id}`, { action: 'describe' })
  confirm(after.node === now.node && after.volumes.includes(volume), `${volume} is attached there`)
  await write(after)
  const ghost = await inspectVm(id, { stateDir: lost.vms })
  confirm(ghost.alive, `the VM on ${lost.name} still runs, and reaches nothing`)
  await way.comeBack(lost)
  await until(async () => ((await inspectVm(id, { stateDir: lost.vms })).alive ? undefined : true))
  say('ok', `${lost.name} is back, has found itself fenced, and has ended its VM`)
}

/** Lets the guest write to the volume from now on, a block after the other, each of them flushed. */
async function write({ console: path }: Description): Promise<void> {
  const socket = connect(path)
  await once(socket, 'connect')
  using guest = GuestConsole.attach(socket)
  await guest.waitForReady()
  const disk = await guest.waitForDisk(volume.replaceAll('-', ''))
  const once4k = `dd if=/dev/zero of=/dev/${disk} bs=4096 count=1 conv=fsync 2>/dev/null`
  await guest.check(once4k)
  await guest.check(`(while ${once4k}; do :; done) >/dev/null 2>&1 &`)
}

/** By nbdkit's log of each epoch: when the server began, and when each of its writes came. */
function writesByEpoch(): { epoch: number; began: string; times: string[] }[] {
  const folder = join(directory, 'n3', 'volumes')
  return readdirSync(folder)
    .flatMap((file) => {
      const epoch = Number(new RegExp(`^${volume}\\.(\\d+)\\.log$`).exec(file)?.[1])
      if (Number.isNaN(epoch)) return []
      const lines = readFileSync(join(folder, file), 'utf8').split('\n')
      const timeOf = (line: string) => line.slice(0, '2026-01-01 00:00:00.000000'.length)
      const times = lines.filter((line) => / Write id=/.test(line)).map(timeOf)
      return times.length === 0 ? [] : [{ epoch, began: timeOf(lines[0] ?? ''), times }]
    })
    .sort((a, b) => a.epoch - b.epoch)
}

async function instanceIn(cluster: Cluster): Promise<Instance> {
  const entry = await cluster.instances.get(id)
  if (entry === null) throw new Error(`${id} is not on record`)
  return entry.json<Instance>()
}

function nodeOf(nodes: readonly Node[], name: string): Node {
  const node = nodes.find((one) => one.name === name)
  if (node === undefined) throw new Error(`there is no node ${name}`)
  return node
}

/** Asks every 50 ms, for a minute at most. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 1200; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error('waited a minute in vain')
}

try {
  await main()
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup()
}
