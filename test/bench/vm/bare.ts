import type { Duplex } from 'node:stream'

interface Message {
  readonly event?: string
  readonly data?: { readonly device?: string }
  readonly error?: { readonly desc: string }
}

const negotiation = Buffer.from('{"execute":"qmp_capabilities"}\n')

/** One command as it goes over the wire, with an id as any client must send. */
export const bytesOf = (command: object): Buffer => Buffer.from(`${JSON.stringify({ ...command, id: 1 })}\n`)

/** The floor: a monitor driven by bytes made beforehand, whose answers are parsed and counted, and nothing else. */
export class BareMonitor implements Disposable {
  readonly #stream: Duplex
  #text = ''
  #answered: (() => void)[] = []
  #onEvent: (event: Message) => void = () => {}

  private constructor(stream: Duplex) {
    this.#stream = stream
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => this.#read(chunk))
  }

  /** Resolves when the first command is answered; the greeting is not waited for. */
  static async over(stream: Duplex, first?: Buffer): Promise<BareMonitor> {
    const monitor = new BareMonitor(stream)
    await monitor.send(first === undefined ? negotiation : Buffer.concat([negotiation, first]), first ? 2 : 1)
    return monitor
  }

  /** Writes commands and resolves when all of them were answered. */
  send(bytes: Buffer, count = 1): Promise<void> {
    return new Promise((resolve) => {
      for (let rest = count - 1; rest > 0; rest--) this.#answered.push(() => {})
      this.#answered.push(resolve)
      this.#stream.write(bytes)
    })
  }

  /** Resolves when each of these devices was deleted, with the moment of the last. */
  deleted(...devices: string[]): Promise<number> {
    const missing = new Set(devices)
    return new Promise((resolve) => {
      this.#onEvent = ({ event, data }) => {
        if (event !== 'DEVICE_DELETED' || data?.device === undefined) return
        missing.delete(data.device)
        if (missing.size === 0) resolve(performance.now())
      }
    })
  }

  /** Resolves when so many events have come. */
  events(count: number): Promise<void> {
    let left = count
    return new Promise((resolve) => {
      this.#onEvent = () => {
        if (--left === 0) resolve()
      }
    })
  }

  [Symbol.dispose](): void {
    this.#stream.destroy()
  }

  #read(chunk: string): void {
    const text = this.#text + chunk
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#take(JSON.parse(text.slice(start, end)))
      start = end + 1
    }
    this.#text = text.slice(start)
  }

  #take(message: Message & { QMP?: unknown }): void {
    if (message.error !== undefined) throw new Error(message.error.desc)
    if (message.event !== undefined) this.#onEvent(message)
    else if (message.QMP === undefined) this.#answered.shift()?.()
  }
}
