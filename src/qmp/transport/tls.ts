import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { Opening } from '../attempt.ts'
import { whenConnected } from './socket.ts'

export function openTls(
  host: string,
  port: number,
  options: ConnectionOptions,
  attempt: Opening,
  onOpen: (stream: Duplex) => void,
): void {
  // A certificate is matched by its address then; RFC 6066 has no server names that are addresses.
  const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
  const socket = connect({ ...name, ...options, host, port })
  const onSecure = () => {
    socket.setNoDelay(true)
    onOpen(new ByteRecords(socket))
  }
  whenConnected(socket, attempt, { onOpen: onSecure }, 'secureConnect')
}

/**
 * TLS that sends each byte as a record of its own. A QEMU monitor takes one byte at a time and then waits for its
 * socket, although the rest of the record is in the TLS library's hands already (io/channel-tls.c watches the socket
 * only): of a longer record it would read one byte, and the rest only when something else is sent.
 */
class ByteRecords extends Duplex {
  readonly #socket: TLSSocket

  constructor(socket: TLSSocket) {
    super()
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    let at = 0
    // Node joins writes that wait for each other into one record.
    const next = (error?: Error | null) => {
      if (error || at >= chunk.length) done(error)
      else this.#socket.write(chunk.subarray(at, ++at), next)
    }
    next()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
