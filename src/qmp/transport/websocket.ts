import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import type { Opening } from '../attempt.ts'
import { hearLastWords } from '../last-words.ts'

/**
 * QEMU's websocket chardev takes binary frames on `/` only, and its frames have no relation to messages
 * (io/channel-websock.c). In QEMU 7.2 to 10.0 commands may wait there until the monitor's thread wakes for
 * another reason, so any other transport is better. No frame wakes it, neither data nor ping: see the tests.
 */
export async function openWebSocket(
  url: string,
  tls: ConnectionOptions | undefined,
  attempt: Opening,
  onOpen: (stream: Duplex) => void,
): Promise<void> {
  // Loaded on demand: most programs never speak it.
  const { WebSocket, createWebSocketStream } = await import('ws')
  if (attempt.isOver) return
  const socket = new WebSocket(url, { ...tls, perMessageDeflate: false })
  const stream = createWebSocketStream(socket)
  const onError = (error: Error) => attempt.failToConnect(error)
  attempt.undoBy(() => stream.destroy())
  stream.on('error', onError)
  socket.once('upgrade', (response) => hearLastWords(response.socket))
  socket.once('open', () => {
    stream.off('error', onError)
    onOpen(stream)
  })
}
