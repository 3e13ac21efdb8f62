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
    if (error?.code !== 'EPIPE' && error?.code !== 'ECONNRESET') done(error)
    else
      stream.once(
        'close',
        callAfter(lastWordsMs, () => stream.destroy(error), false),
      )
  }
  const { _write, _writev } = stream
  stream._write = (chunk, encoding, done) => _write.call(stream, chunk, encoding, patient(done))
  if (_writev !== undefined) stream._writev = (chunks, done) => _writev.call(stream, chunks, patient(done))
}
