import { connect, type Socket } from 'node:net'
import { QmpClient } from '../../../dist/qmp/index.js'

/** One connection, driven the way a program of that library would. */
export interface Client {
  sequence(count: number): Promise<void>
  pipeline(count: number, inFlight: number): Promise<void>
  schema(count: number): Promise<void>
  close(): void
}

interface Executor {
  execute(command: string): Promise<unknown>
  close(): unknown
}

/** `inFlight` calls at a time, each answer making room for the next call. */
function drive(execute: () => Promise<unknown>, count: number, inFlight: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let started = 0
    let done = 0
    function next(): void {
      if (++done === count) resolve()
      else if (started < count) {
        started++
        execute().then(next, reject)
      }
    }
    for (; started < Math.min(inFlight, count); ) {
      started++
      execute().then(next, reject)
    }
  })
}

function throughPromises(client: Executor, query: () => Promise<unknown>): Client {
  return {
    sequence: async (count) => {
      for (let index = 0; index < count; index++) await query()
    },
    pipeline: (count, inFlight) => drive(query, count, inFlight),
    schema: async (count) => {
      for (let index = 0; index < count; index++) await client.execute('query-qmp-schema')
    },
    close: () => void client.close(),
  }
}

/** Ours with everything on: ids, a deadline for each call, typed errors. */
export async function openOurs(path: string): Promise<Client> {
  const client = await QmpClient.connect(`unix:${path}`)
  const options = { timeoutMs: 60_000 }
  return throughPromises(client, () => client.execute('query-status', undefined, options))
}

interface NodeQemu extends Executor {
  connect(): Promise<void>
  once(event: 'disconnected', listener: () => void): unknown
}

async function connectNodeQemu(path: string, entry: string): Promise<NodeQemu> {
  const library: { QMPClient: new (options: { socketPath: string }) => NodeQemu } = await import(entry)
  const client = new library.QMPClient({ socketPath: path })
  await client.connect()
  return client
}

export async function openNodeQemu(path: string, entry: string): Promise<Client> {
  const client = await connectNodeQemu(path, entry)
  return throughPromises(client, () => client.execute('query-status'))
}

/** Asks the scripted peer for its flood through node-qemu's client, which is not to be had apart from its framing. */
export async function openNodeQemuFlood(path: string, entry: string): Promise<() => Promise<void>> {
  const client = await connectNodeQemu(path, entry)
  return () =>
    new Promise((resolve) => {
      client.once('disconnected', resolve)
      // What answers it, if anything, is the flood's.
      client.execute('flood').catch(() => {})
    })
}

const STATUS = Buffer.from('{"execute":"query-status","id":1}\n')
const SCHEMA = Buffer.from('{"execute":"query-qmp-schema","id":1}\n')

/**
 * The floor: what any client must do and no more. node:net, Node's own decoder, JSON.parse for each line; the greeting
 * and the answer to the negotiation are what they should be, an error or an end fails what waits. The bytes of calls
 * are made beforehand; there is no promise a call, no id, no deadline and no signal.
 */
export class RawClient implements Client {
  readonly #socket: Socket
  #text = ''
  #onMessage: (message: { QMP?: unknown; return?: unknown }) => void = () => {}
  #onEnd: (error: Error) => void = () => {}

  static async open(path: string): Promise<RawClient> {
    const client = new RawClient(connect(path))
    if ((await client.#next()).QMP === undefined) throw new Error('no greeting')
    client.#socket.write('{"execute":"qmp_capabilities","id":0}\n')
    if ((await client.#next()).return === undefined) throw new Error('no negotiation')
    return client
  }

  private constructor(socket: Socket) {
    this.#socket = socket.setEncoding('utf8')
    socket.on('data', (chunk: unknown) => this.#read(String(chunk)))
    socket.on('error', (error) => this.#onEnd(error))
    socket.on('close', () => this.#onEnd(new Error('closed')))
  }

  sequence(count: number): Promise<void> {
    return this.#many(STATUS, count, 1)
  }

  pipeline(count: number, inFlight: number): Promise<void> {
    return this.#many(STATUS, count, inFlight)
  }

  schema(count: number): Promise<void> {
    return this.#many(SCHEMA, count, 1)
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: string): void {
    const text = this.#text + chunk
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#onMessage(JSON.parse(text.slice(start, end)))
      start = end + 1
    }
    this.#text = text.slice(start)
  }

  #next(): Promise<{ QMP?: unknown; return?: unknown }> {
    return new Promise((resolve, reject) => {
      this.#onMessage = resolve
      this.#onEnd = reject
    })
  }

  #many(request: Buffer, count: number, inFlight: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let done = 0
      let sent = Math.min(inFlight, count)
      let owed = sent
      const send = () => {
        this.#socket.write(owed === 1 ? request : Buffer.concat(Array.from({ length: owed }, () => request)))
        owed = 0
      }
      this.#onEnd = reject
      this.#onMessage = () => {
        if (++done === count) resolve()
        else if (sent < count) {
          sent++
          // As many as were answered leave together at the end of the turn.
          if (owed++ === 0) process.nextTick(send)
        }
      }
      send()
    })
  }
}
