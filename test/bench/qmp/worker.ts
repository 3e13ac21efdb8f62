import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Framer } from '../../../dist/qmp/framing.js'
import { QmpClient } from '../../../dist/qmp/index.js'
import { type Client, openNodeQemu, openNodeQemuFlood, openOurs, RawClient } from './clients.ts'

/** What to measure, in a process of its own; the result goes to standard output. */
export interface Task {
  readonly kind: 'sequential' | 'pipelined' | 'schema' | 'framing' | 'connections'
  readonly variant: string
  readonly path: string
  /** Commands or connections; of `framing`, the bytes of the flood. */
  readonly count: number
  readonly nodeQemu?: string | undefined
}

const IN_FLIGHT = 64
const task: Task = JSON.parse(process.argv[2] ?? '{}')

function open(): Promise<Client> {
  if (task.variant === 'ours') return openOurs(task.path)
  if (task.variant === 'floor') return RawClient.open(task.path)
  return openNodeQemu(task.path, task.nodeQemu ?? '')
}

const elapsedUs = (start: bigint): number => Number(process.hrtime.bigint() - start) / 1000

/** Microseconds a command, one at a time. */
async function sequential(): Promise<number> {
  const client = await open()
  await client.sequence(3000)
  const start = process.hrtime.bigint()
  await client.sequence(task.count)
  const spent = elapsedUs(start) / task.count
  client.close()
  return spent
}

/** Microseconds a command, 64 in flight. */
async function pipelined(): Promise<number> {
  const client = await open()
  await client.pipeline(Math.min(20_000, task.count), IN_FLIGHT)
  const start = process.hrtime.bigint()
  await client.pipeline(task.count, IN_FLIGHT)
  const spent = elapsedUs(start) / task.count
  client.close()
  return spent
}

/** Milliseconds for the reply of some 207 KB. */
async function schema(): Promise<number> {
  const client = await open()
  await client.schema(1)
  const start = process.hrtime.bigint()
  await client.schema(task.count)
  const spent = elapsedUs(start) / 1000 / task.count
  client.close()
  return spent
}

/** Megabytes a second of whole messages out of bytes. */
async function framing(): Promise<number> {
  if (task.variant === 'node-qemu') {
    const flood = await openNodeQemuFlood(task.path, task.nodeQemu ?? '')
    const start = process.hrtime.bigint()
    await flood()
    return task.count / elapsedUs(start)
  }
  const socket = connect(task.path)
  let messages = 0
  let bytes = 0
  if (task.variant === 'ours') {
    const framer = new Framer(() => messages++)
    socket.on('data', (chunk) => {
      bytes += chunk.length
      framer.push(chunk)
    })
  } else if (task.variant === 'floor-string') readStrings(socket)
  else readBuffers(socket)

  function readStrings(from: Socket): void {
    from.setEncoding('utf8')
    let text = ''
    from.on('data', (chunk: unknown) => {
      bytes += String(chunk).length
      text += String(chunk)
      let start = 0
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        JSON.parse(text.slice(start, end))
        messages++
        start = end + 1
      }
      if (start > 0) text = text.slice(start)
    })
  }

  function readBuffers(from: Socket): void {
    let rest: Buffer[] = []
    from.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      let start = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        const last = chunk.subarray(start, end)
        const line = rest.length === 0 ? last : Buffer.concat([...rest, last])
        rest = []
        JSON.parse(line.toString())
        messages++
        start = end + 1
      }
      if (start < chunk.length) rest.push(chunk.subarray(start))
    })
  }

  const start = process.hrtime.bigint()
  socket.write('flood\n')
  await new Promise((resolve) => socket.on('end', resolve))
  const spentUs = elapsedUs(start)
  socket.destroy()
  if (messages < 10) throw new Error(`only ${messages} messages`)
  return bytes / spentUs
}

/** Milliseconds to connect and negotiate all; on standard error the KiB of memory each takes. */
async function connections(): Promise<number> {
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  const start = process.hrtime.bigint()
  const clients: { close(): unknown }[] = await Promise.all(
    Array.from({ length: task.count }, () =>
      task.variant === 'ours' ? QmpClient.connect(`unix:${task.path}`) : open(),
    ),
  )
  const spentMs = elapsedUs(start) / 1000
  globalThis.gc?.()
  await sleep(100)
  globalThis.gc?.()
  const memoryKiB = (process.memoryUsage().rss - before) / 1024 / task.count
  process.stderr.write(`${memoryKiB}\n`)
  for (const client of clients) void client.close()
  return spentMs
}

const kinds: Record<Task['kind'], () => Promise<number>> = {
  sequential,
  pipelined,
  schema,
  framing,
  connections,
}
process.stdout.write(`${await kinds[task.kind]()}\n`)
process.exit(0)
