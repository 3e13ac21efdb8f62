import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { type CallOptions, type JsonObject, type JsonValue, QmpError, stringifyJson } from '../qmp/index.ts'
import { within } from '../util/deadline.ts'
import { CommandReader } from './command-reader.ts'
import { FakeConnection } from './fake-connection.ts'
import type { FakeReply, ReceivedCommand } from './script.ts'

/**
 * Answers a command; `undefined` stands for `{}`. It may be asynchronous, and use the server to emit events first. A
 * FakeQmpError that it throws refuses the command, any other error does so as GenericError.
 */
export type FakeHandler = (
  args: JsonObject,
  command: ReceivedCommand,
  server: FakeQmpServer,
) => FakeReply | PromiseLike<FakeReply>

export interface FakeQmpServerOptions {
  /** Serve this end of a stream (see `linkedPair`) instead of listening on a socket of its own. */
  readonly stream?: Duplex | undefined
  /** Listen here; by default in a new directory that `close` removes. */
  readonly path?: string | undefined
  /** The first message. `null`: none. Default: QEMU 10.0 offering `oob`. */
  readonly greeting?: JsonObject | null | undefined
  /** Answers by command name, or a fixed answer. What is missing is refused as CommandNotFound. */
  readonly commands?: Readonly<Record<string, FakeHandler | JsonValue>> | undefined
  /** Start a command before the one before it is answered. By default in-band commands run one by one, as QEMU's. */
  readonly concurrent?: boolean | undefined
}

const DEFAULT_GREETING: JsonObject = {
  QMP: { version: { qemu: { micro: 2, minor: 0, major: 10 }, package: '' }, capabilities: ['oob'] },
}

/**
 * Starts a fake QMP server. Resolves when it can be connected to; close it, or hold it with `await using`. Rejects
 * with the system's error when it cannot listen.
 */
export async function createFakeQmpServer(options: FakeQmpServerOptions = {}): Promise<FakeQmpServer> {
  const server = new FakeQmpServer(options)
  await server.start()
  return server
}

/**
 * A scripted QMP server for tests of QMP clients: greets, negotiates, answers from a table, emits events, and
 * misbehaves on request. Like QEMU it serves one client at a time; the next client gets its greeting when the first has left.
 */
export class FakeQmpServer implements AsyncDisposable {
  /** Every command read so far, qmp_capabilities included. */
  readonly received: ReceivedCommand[] = []
  /** How many clients have been served so far; a `linkedPair`'s other end is one. */
  connections = 0
  readonly #options: FakeQmpServerOptions
  readonly #handlers: Map<string, FakeHandler | JsonValue>
  readonly #waiting: Duplex[] = []
  #current: FakeConnection | undefined
  #listener: Server | undefined
  #directory: string | undefined
  #path: string | undefined
  #watchers: (() => void)[] = []

  constructor(options: FakeQmpServerOptions) {
    this.#options = options
    this.#handlers = new Map(Object.entries(options.commands ?? {}))
  }

  /** `unix:/…` to connect to. Throws when it serves a stream. */
  get address(): string {
    if (this.#path === undefined) throw new Error('this fake QMP server serves a stream and has no address')
    return `unix:${this.#path}`
  }

  /** @internal */
  async start(): Promise<void> {
    if (this.#options.stream !== undefined) {
      this.#serve(this.#options.stream)
      return
    }
    if (this.#options.path === undefined) this.#directory = await mkdtemp(join(tmpdir(), 'fake-qmp-'))
    const path = this.#options.path ?? join(this.#directory ?? '', 'qmp.sock')
    this.#path = path
    const listener = createServer((socket) => this.#accept(socket))
    this.#listener = listener
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject)
      listener.listen(path, resolve)
    })
  }

  /** Sets or replaces the answer to a command, from its next use on. */
  on(command: string, handler: FakeHandler | JsonValue): this {
    this.#handlers.set(command, handler)
    return this
  }

  /** Sends an event, stamped now, to the client; without one it is lost, as QEMU's are. */
  emit(event: string, data?: JsonObject): void {
    const now = Date.now()
    const timestamp = { seconds: Math.floor(now / 1000), microseconds: (now % 1000) * 1000 }
    this.send({ timestamp, event, data })
  }

  /** Sends any message as a line of JSON, right or wrong. */
  send(message: JsonValue): void {
    this.write(`${stringifyJson(message)}\r\n`)
  }

  /** Sends bytes as they are: half a line, garbage, several messages at once. Without a client they are lost. */
  write(bytes: string | Uint8Array): void {
    this.#current?.write(bytes)
  }

  /** Ends the connection after what was written: the client reads EOF. */
  endConnection(): void {
    this.#current?.end()
  }

  /** Drops the connection at once. */
  dropConnection(): void {
    this.#current?.destroy()
  }

  /**
   * Resolves with the first command of that name, received before or after the call. It has no limit unless given one.
   * @throws QmpError QMP_TIMEOUT, QMP_ABORTED.
   */
  async whenReceived(command: string, { signal, timeoutMs }: CallOptions = {}): Promise<ReceivedCommand> {
    const received = this.#received(command)
    return within(
      received,
      { signal, timeoutMs },
      {
        onTimeout: () =>
          new QmpError('QMP_TIMEOUT', `no command ${command} was received within ${timeoutMs} ms`),
        onAbort: (cause) =>
          new QmpError('QMP_ABORTED', `waiting for a command ${command} was aborted`, { cause }),
      },
    )
  }

  async #received(command: string): Promise<ReceivedCommand> {
    for (;;) {
      const found = this.received.find(({ execute }) => execute === command)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  /** Drops every client, stops listening and removes what was made. A repeat does no harm. */
  async close(): Promise<void> {
    for (const stream of this.#waiting.splice(0)) stream.destroy()
    this.dropConnection()
    const listener = this.#listener
    this.#listener = undefined
    if (listener !== undefined) await new Promise<void>((resolve) => listener.close(() => resolve()))
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(stream: Duplex): void {
    stream.on('error', () => {})
    if (this.#current === undefined) this.#serve(stream)
    else this.#waiting.push(stream)
  }

  #serve(stream: Duplex): void {
    this.connections++
    const connection = new FakeConnection(stream, {
      concurrent: this.#options.concurrent ?? false,
      answer: (command) => this.#answer(command),
      received: (command) => this.#record(command),
      gone: () => this.#next(),
    })
    this.#current = connection
    const greeting = this.#options.greeting === undefined ? DEFAULT_GREETING : this.#options.greeting
    if (greeting !== null) this.send(greeting)
    connection.read(new CommandReader())
  }

  #next(): void {
    this.#current = undefined
    const stream = this.#waiting.find((candidate) => !candidate.destroyed)
    this.#waiting.splice(0, stream === undefined ? this.#waiting.length : this.#waiting.indexOf(stream) + 1)
    if (stream !== undefined) this.#serve(stream)
  }

  #record(command: ReceivedCommand): void {
    this.received.push(command)
    for (const resolve of this.#watchers.splice(0)) resolve()
  }

  /** `undefined` when nobody scripted this command. */
  #answer(command: ReceivedCommand): { reply: FakeReply | PromiseLike<FakeReply> } | undefined {
    const handler = this.#handlers.get(command.execute)
    if (handler === undefined) return undefined
    return { reply: typeof handler === 'function' ? handler(command.arguments, command, this) : handler }
  }
}
