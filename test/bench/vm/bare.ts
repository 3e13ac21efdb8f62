import type { Duplex } from 'node:stream'

interface Message {
  readonly event?: string
  readonly data?: { readonly device?: string }
  readonly error?: { readonly desc: string }
}

const negotiation = Buffer.from('{"execute":"qmp_capabilities"}\n')

/** One command as it goes over the wire, with an id as any client must send. */
export const bytesOf = (command: object): Buffer => Buffer.from(`${JSON.stringify({ ...command, id: 1 })}\n`)

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * The floor: a monitor driven by bytes made beforehand, whose answers are parsed and counted, and nothing else. An error in
 * their place, or the end of the stream, is the end of it: all that waits is rejected, and all that is sent later.
 */
export class BareMonitor implements Disposable {
  readonly #stream: Duplex
  #text = ''
  #answered: Waiting[] = []
  #onEvent: (event: Message) => void = () => {}
  #noEvent: (error: Error) => void = () => {}
  #end: Error | undefined

  private constructor(stream: Duplex) {
    this.#stream = stream
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => this.#read(chunk))
    stream.on('error', (error) => this.#fail(error))
    stream.on('close', () => this.#fail(new Error('the monitor’s stream is closed')))
  }

  /** Resolves when the first command is answered; the greeting is not waited for. */
  static async over(stream: Duplex, first?: Buffer): Promise<BareMonitor> {
    const monitor = new BareMonitor(stream)
    await monitor.send(first === undefined ? negotiation : Buffer.concat([negotiation, first]), first ? 2 : 1)
    return monitor
  }

  /** Writes commands and resolves when all of them were answered. */
  send(bytes: Buffer, count = 1): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end)
      for (let rest = count - 1; rest > 0; rest--) this.#answered.push({ resolve: () => {}, reject })
      this.#answered.push({ resolve, reject })
      this.#stream.write(bytes)
    })
  }

  /** Resolves when each of these devices was deleted, with the moment of the last. */
  deleted(...devices: string[]): Promise<number> {
    const missing = new Set(devices)
    return this.#watch((resolve) => ({ event, data }) => {
      if (event !== 'DEVICE_DELETED' || data?.device === undefined) return
      missing.delete(data.device)
      if (missing.size === 0) resolve(performance.now())
    })
  }

  /** Resolves when so many events have come. */
  events(count: number): Promise<void> {
    let left = count
    return this.#watch((resolve) => () => {
      if (--left === 0) resolve()
    })
  }

  [Symbol.dispose](): void {
    this.#stream.destroy()
  }

  #watch<T>(look: (resolve: (value: T) => void) => (event: Message) => void): Promise<T> {
    const seen = new Promise<T>((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end)
      this.#onEvent = look(resolve)
      this.#noEvent = reject
    })
    // It is awaited after what brings the event about, which may fail first.
    seen.catch(() => {})
    return seen
  }

  #read(chunk: string): void {
    const text = this.#text + chunk
    let start = 0
    try {
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        this.#take(JSON.parse(text.slice(start, end)))
        start = end + 1
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
    this.#text = text.slice(start)
  }

  #take(message: Message & { QMP?: unknown }): void {
    if (message.error !== undefined) throw new Error(message.error.desc)
    if (message.event !== undefined) this.#onEvent(message)
    else if (message.QMP === undefined) this.#answered.shift()?.resolve()
  }

  /** The first reason counts. */
  #fail(error: Error): void {
    if (this.#end !== undefined) return
    this.#end = error
    this.#stream.destroy()
    for (const { reject } of this.#answered.splice(0)) reject(error)
    this.#noEvent(error)
  }
}
