/** One node of a Hive: `agent.ts <node> <NATS url> <directory> <capacity>`, the last as JSON. What it started outlives it. */
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import {
  answer,
  type Cluster,
  entriesOf,
  type Instance,
  joinCluster,
  type Lease,
  leaseMs,
  OrderError,
  order,
} from './cluster.ts'
import { Instances } from './instances.ts'
import { Storage } from './storage.ts'

interface Request {
  readonly id: string
  readonly vcpus: number
  readonly memoryMiB: number
  readonly template: string
}

const [node = '', url = '', directory = '', room = ''] = process.argv.slice(2)
const capacity = JSON.parse(room) as Lease
const cluster = await joinCluster(url, node)
const storage = await Storage.open(cluster, node, join(directory, 'volumes'))
const instances = new Instances(cluster, node, join(directory, 'vms'))
/** Taken by launches that are under way. */
const reserved = new Map<string, Request>()

await instances.adopt()
await renew()

answer(cluster.nc, `ebs.${node}.create`, (body: { volume: string; sizeMiB: number }) => storage.create(body))
answer(cluster.nc, `ebs.${node}.mount`, (body: { volume: string; epoch: number }) => storage.mount(body))
answer(cluster.nc, `ebs.${node}.unmount`, (body: { volume: string; epoch: number }) => storage.unmount(body))
answer(cluster.nc, 'ec2.RunInstances', place, 'nodes')
answer(cluster.nc, `ec2.run.${node}`, run)
console.log(`${node} is ready`)

for await (const _ of setInterval(leaseMs / 10)) {
  // Without NATS there is nothing to say and nobody to ask; the next round tries again.
  await watch(cluster).catch((error: Error) => console.error(`${node}: ${error.message}`))
}

/** Any node may get a request. It runs the instance itself, or hands it to the node with the most memory left. */
async function place(request: Request): Promise<Instance> {
  if (fits(await free(), request)) return run(request)
  const leases = await leasesOf(cluster)
  const [best] = [...leases]
    .filter(([, lease]) => fits(lease, request))
    .sort(([, a], [, b]) => b.memoryMiB - a.memoryMiB)
  if (best === undefined) throw new OrderError('NO_ROOM', `no node has room for ${request.id}`)
  return order(cluster.nc, `ec2.run.${best[0]}`, request)
}

async function run(request: Request): Promise<Instance> {
  if (!fits(await free(), request)) throw new OrderError('NO_ROOM', `${node} has no room for ${request.id}`)
  const instance: Instance = { ...request, node, epoch: 1, state: 'starting', volumes: [] }
  reserved.set(request.id, request)
  try {
    await cluster.instances.create(request.id, JSON.stringify(instance))
    await instances.run(instance)
  } finally {
    reserved.delete(request.id)
  }
  return { ...instance, state: 'running' }
}

/** What a round does: it renews the lease, ends what another node owns, and starts what is this node's or nobody's. */
async function watch({ instances: bucket }: Cluster): Promise<void> {
  await renew()
  const leases = await leasesOf(cluster)
  for (const { value, revision } of await entriesOf<Instance>(bucket)) {
    if (value.node !== node && instances.ids.includes(value.id)) {
      console.log(`${node}: ${value.id} belongs to ${value.node} now`)
      await instances.abandon(value.id)
    }
    const isMine = value.node === node
    if (value.state === 'stopped' || reserved.has(value.id)) continue
    if (isMine && value.state === 'starting') start(value)
    if (!isMine && !leases.has(value.node)) await takeOver(value, revision)
  }
}

/** The bucket takes the first node that writes the next epoch. Mounting the volumes for it ends the servers of the lost node. */
async function takeOver(instance: Instance, revision: number): Promise<void> {
  if (!fits(await free(), instance)) return
  const next: Instance = { ...instance, node, epoch: instance.epoch + 1, state: 'starting' }
  try {
    await cluster.instances.update(instance.id, JSON.stringify(next), revision)
  } catch {
    return
  }
  cluster.nc.publish(
    'ec2.event.NodeLost',
    JSON.stringify({ node: instance.node, instance: instance.id, by: node }),
  )
  start(next)
}

/** In the background: the lease must be renewed meanwhile. What fails is tried again in a later round. */
function start(instance: Instance): void {
  reserved.set(instance.id, instance)
  void instances
    .run(instance)
    .catch((error: Error) => console.error(`${node}: ${instance.id}: ${error.message}`))
    .finally(() => reserved.delete(instance.id))
}

async function renew(): Promise<void> {
  await cluster.leases.put(node, JSON.stringify(await free()))
}

async function free(): Promise<Lease> {
  const mine = (await entriesOf<Instance>(cluster.instances)).map(({ value }) => value)
  const taken = [...reserved.values(), ...mine.filter(({ id }) => instances.ids.includes(id))]
  return {
    vcpus: taken.reduce((left, { vcpus }) => left - vcpus, capacity.vcpus),
    memoryMiB: taken.reduce((left, { memoryMiB }) => left - memoryMiB, capacity.memoryMiB),
  }
}

function fits(lease: Lease, { vcpus, memoryMiB }: Pick<Request, 'vcpus' | 'memoryMiB'>): boolean {
  return vcpus <= lease.vcpus && memoryMiB <= lease.memoryMiB
}

async function leasesOf({ leases }: Cluster): Promise<Map<string, Lease>> {
  const found = new Map<string, Lease>()
  for await (const key of await leases.keys()) {
    const entry = await leases.get(key)
    if (entry?.operation === 'PUT') found.set(key, entry.json<Lease>())
  }
  return found
}
