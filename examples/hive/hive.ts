/**
 * A Hive of three nodes on this machine: instances are placed, volumes attached, an agent is killed and comes back, and nodes are
 * lost under their guests' writes. Ends with 0 only when no volume ever had two writers. Started by `npm run hive`; the number
 * of lost nodes is its argument (3: one paused, one killed, one cut off from NATS).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { confirm, say, title } from '../demo/screen.ts'
import { type Instance, joinCluster, type OrderError, order } from './cluster.ts'
import type { Description } from './instances.ts'
import { type Nats, startNats, startProxy } from './nats.ts'
import { memoryMiB, Node, template } from './node.ts'
import { Partitions } from './partitions.ts'
import { epochsOf, secondWriters } from './writers.ts'

const losses = Number(process.argv[2] ?? 3)
const id = 'i-1'
const volume = 'vol-data'
const patienceMs = 120_000
const directory = mkdtempSync(join(tmpdir(), 'qemu-launch-hive-'))
const cleanups: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true })]

async function main(): Promise<void> {
  title('NATS, two nodes for instances and one for volumes')
  const nats = await startNats(join(directory, 'nats'))
  cleanups.push(() => nats[Symbol.asyncDispose]())
  const [one, two, three] = await Promise.all([
    makeNode('n1', nats),
    makeNode('n2', nats),
    makeNode('n3', nats, 0),
  ])
  const nodes = [one, two, three]

  title('A guest boots once on each of the two, and is kept as a template')
  await Promise.all([one.makeTemplate(), two.makeTemplate()])
  await Promise.all(nodes.map((node) => node.start()))
  const cluster = await joinCluster(`nats://127.0.0.1:${nats.port}`, 'client')
  cleanups.push(() => cluster.nc.close())
  const command = (action: string, body: object = {}) =>
    order<Description>(cluster.nc, `ec2.cmd.${id}`, { action, ...body }, patienceMs)
  const partitions = new Partitions({ cluster, nodes, id, volume, logs: three.volumes })

  title('RunInstances: whichever node hears it finds one with room')
  const request = { id, template, vcpus: 1, memoryMiB }
  const placed = await order<Instance>(cluster.nc, 'ec2.RunInstances', request, patienceMs)
  say('node', `${placed.node} runs ${id}`)
  await order(cluster.nc, 'ec2.RunInstances', { ...request, id: 'i-big', vcpus: 99 }, patienceMs).then(
    () => confirm(false, 'no node has room for 99 vCPUs'),
    (error: OrderError) => confirm(error.code === 'NO_ROOM', error.message),
  )

  title('A volume of n3, attached and written')
  await order(cluster.nc, 'ebs.n3.create', { volume, sizeMiB: 16 }, patienceMs)
  await partitions.undisturbed(async () => {
    const { volumes } = await command('attach', { volume })
    confirm(volumes.includes(volume), `${volume} is attached`)
  })
  const { epoch } = await partitions.writing()
  say('ok', `the guest writes to it, epoch ${epoch}`)

  title('The agent is killed and starts again: its VM has not noticed')
  await partitions.undisturbed(async () => {
    const before = await command('describe')
    const owner = nodes.find(({ name }) => name === before.node)
    await owner?.kill()
    await owner?.start()
    const after = await command('describe')
    const isSame = after.pid === before.pid && after.volumes.includes(volume)
    confirm(isSame, `the same pid ${after.pid}, and ${volume}`)
  })

  for (let round = 0; round < losses; round++) await partitions.loseOne(round)

  title('Detach, stop, describe')
  await partitions.undisturbed(async () => {
    const { volumes } = await command('detach', { volume })
    confirm(volumes.length === 0, `${volume} is detached`)
  })
  await partitions.undisturbed(() => command('stop'))
  await partitions.until('the instance to be stopped', async () => {
    const entry = await cluster.instances.get(id)
    return entry?.json<Instance>().state === 'stopped' ? true : undefined
  })
  say('ok', `${id} is stopped`)

  title('What was lost')
  await partitions.tell()

  title('What the volume server wrote down')
  const epochs = epochsOf(three.volumes, volume)
  const count = epochs.reduce((sum, { writes }) => sum + writes.length / 2, 0)
  const second = secondWriters(epochs)
  confirm(epochs.length > losses, `${epochs.length} epochs, ${Math.round(count)} writes`)
  confirm(second.length === 0, `no volume had two writers${second.map((line) => `\n${line}`).join('')}`)
}

async function makeNode(name: string, nats: Nats, vcpus = 4): Promise<Node> {
  const capacity = { vcpus, memoryMiB: vcpus * 256 }
  const node = new Node(name, await startProxy(nats.port), capacity, join(directory, name))
  cleanups.push(() => node.end())
  return node
}

async function cleanUp(): Promise<void> {
  for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) await cleanup()
}

const interrupted = new Promise<number>((resolve) => {
  process.once('SIGINT', () => resolve(130))
  process.once('SIGTERM', () => resolve(143))
})

try {
  const code = await Promise.race([main(), interrupted])
  await cleanUp()
  // What an interrupted story still waits for would keep this process.
  if (code !== undefined) process.exit(code)
} finally {
  await cleanUp()
}
