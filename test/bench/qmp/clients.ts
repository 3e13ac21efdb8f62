import { connect } from 'node:net'
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

export async function openNodeQemu(path: string, entry: string): Promise<Client> {
  const library: {
    QMPClient: new (options: { socketPath: string }) => Executor & { connect(): Promise<void> }
  } = await import(entry)
  const client = new library.QMPClient({ socketPath: path })
  await client.connect()
  return throughPromises(client, () => client.execute('query-status'))
}

const STATUS = Buffer.from('{"execute":"query-status","id":1}\n')
const SCHEMA = Buffer.from('{"execute":"query-qmp-schema","id":1}\n')

/** The floor: node:net, bytes made beforehand, JSON.parse of each line, no promise a call. */
export async function openRaw(path: string): Promise<Client> {
  const socket = connect(path)
  socket.setEncoding('utf8')
  let onLine: () => void = () => {}
  let text = ''
  socket.on('data', (chunk: unknown) => {
    text += String(chunk)
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      JSON.parse(text.slice(start, end))
      start = end + 1
      onLine()
    }
    text = text.slice(start)
  })
  const line = () =>
    new Promise<void>((resolve) => {
      onLine = resolve
    })
  await line()
  socket.write('{"execute":"qmp_capabilities","id":0}\n')
  await line()

  function many(request: Buffer, count: number, inFlight: number): Promise<void> {
    return new Promise((resolve) => {
      let done = 0
      let sent = Math.min(inFlight, count)
      let owed = 0
      onLine = () => {
        if (++done === count) resolve()
        else if (sent < count) {
          sent++
          // As many as were answered leave together at the end of the turn.
          if (owed++ === 0) process.nextTick(send)
        }
      }
      function send(): void {
        socket.write(owed === 1 ? request : Buffer.concat(Array.from({ length: owed }, () => request)))
        owed = 0
      }
      owed = sent
      send()
    })
  }
  return {
    sequence: (count) => many(STATUS, count, 1),
    pipeline: (count, inFlight) => many(STATUS, count, inFlight),
    schema: (count) => many(SCHEMA, count, 1),
    close: () => void socket.destroy(),
  }
}
