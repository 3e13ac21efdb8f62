import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { callAfter } from '../util/timer.ts'

const lastWordsMs = 1_000

/**
 * Reads a socket to its end also when a write finds that the other side has left. Node would close it at once, with what the
 * other side said last unread: of a QEMU that ends, why it does. Such a write stays undone instead; the end of the stream,
 * which is behind those words, ends it, or else the error of the write, a second later. Any other stream is left as it is.
 */
export function hearLastWords(stream: Duplex): void {
  if (!(stream instanceof Socket)) return
  const patient = (done: (error?: Error | null) => void) => (error?: NodeJS.ErrnoException | null) => {
    const hasLeft = error?.code === 'EPIPE' || error?.code === 'ECONNRESET'
    if (!hasLeft || stream.readableEnded) {
      done(error)
      return
    }
    // What a busy process has not read by then it reads before anything immediate.
    const callOff = callAfter(lastWordsMs, () => setImmediate(() => stream.destroy(error)), false)
    stream.once('close', callOff)
    stream.once('end', () => stream.destroy())
  }
  const { _write, _writev } = stream
  stream._write = (chunk, encoding, done) => _write.call(stream, chunk, encoding, patient(done))
  if (_writev !== undefined) stream._writev = (chunks, done) => _writev.call(stream, chunks, patient(done))
}
