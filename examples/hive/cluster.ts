/** What the nodes of a Hive share: NATS subjects for orders, and JetStream's key-value buckets for what is true. */
import { jetstream } from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node'
import { QemuLaunchError } from 'qemu-launch'

export interface Instance {
  readonly id: string
  /** The node that owns it. */
  readonly node: string
  /** Grows with each owner. A volume is served for the newest epoch only. */
  readonly epoch: number
  readonly state: 'starting' | 'running' | 'stopped'
  readonly vcpus: number
  readonly memoryMiB: number
  /** What it is a clone of. */
  readonly template: string
  readonly volumes: readonly string[]
}

export interface Volume {
  readonly id: string
  /** The node that has its file. */
  readonly node: string
  readonly file: string
  /** Of the last mount. */
  readonly epoch: number
  /** The directory of its server, from the moment when that serves until it has ended. */
  readonly server?: string
}

/** What a node has left. A lease that is not renewed goes away by itself: its node is lost. */
export interface Lease {
  readonly vcpus: number
  readonly memoryMiB: number
}

export interface Cluster {
  readonly nc: NatsConnection
  readonly leases: KV
  readonly instances: KV
  readonly volumes: KV
}

/** 5 s unless `HIVE_LEASE_MS` says otherwise: on a busy machine an agent may not get to renew it in time. */
export const leaseMs = Number(process.env.HIVE_LEASE_MS ?? 5000)

export async function joinCluster(servers: string, name: string): Promise<Cluster> {
  const nc = await connect({ servers, name, maxReconnectAttempts: -1, reconnectTimeWait: 200 })
  // An answer that takes longer than a lease comes too late.
  const kvm = new Kvm(jetstream(nc, { timeout: leaseMs }))
  const [leases, instances, volumes] = await Promise.all([
    kvm.create('leases', { ttl: leaseMs }),
    kvm.create('instances'),
    kvm.create('volumes'),
  ])
  return { nc, leases, instances, volumes }
}

/** Every value of a bucket, with the revision by which a change of it is safe. */
export async function entriesOf<T>(bucket: KV): Promise<{ value: T; revision: number }[]> {
  const keys: string[] = []
  for await (const key of await bucket.keys()) keys.push(key)
  const entries = await Promise.all(keys.map((key) => bucket.get(key)))
  return entries.flatMap((entry) =>
    entry?.operation === 'PUT' ? [{ value: entry.json<T>(), revision: entry.revision }] : [],
  )
}

/** An order that a node refused or failed at, with the code of the library's error. */
export class OrderError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'OrderError'
    this.code = code
  }
}

/** Sends an order and returns its answer. @throws OrderError */
export async function order<T>(
  nc: NatsConnection,
  subject: string,
  body: object,
  timeoutMs = 30_000,
): Promise<T> {
  const message = await nc.request(subject, JSON.stringify(body), { timeout: timeoutMs })
  const answer = message.json<{ result?: T; error?: { code: string; message: string } }>()
  if (answer.error !== undefined) throw new OrderError(answer.error.code, answer.error.message)
  return answer.result as T
}

/** Answers the orders of a subject. With a queue, one member of it answers each. Returns what ends that. */
export function answer<Body, Result>(
  nc: NatsConnection,
  subject: string,
  work: (body: Body) => Promise<Result>,
  queue?: string,
): () => void {
  const reply = async (message: Msg) => {
    const outcome = await work(message.json<Body>()).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: plain(error) }),
    )
    message.respond(JSON.stringify(outcome))
  }
  const subscription = nc.subscribe(subject, {
    ...(queue === undefined ? {} : { queue }),
    callback: (error, message) => {
      // Without NATS there is nobody to answer.
      if (error === null) reply(message).catch((lost: Error) => console.error(`${subject}: ${lost.message}`))
    },
  })
  return () => subscription.unsubscribe()
}

function plain(error: unknown): { code: string; message: string } {
  if (error instanceof QemuLaunchError || error instanceof OrderError) {
    return { code: error.code, message: error.message }
  }
  return { code: 'HIVE', message: String(error) }
}
