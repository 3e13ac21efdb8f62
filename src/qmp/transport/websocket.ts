import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'

/**
 * QEMU's websocket chardev takes binary frames on `/` only, and its frames have no relation to messages
 * (io/channel-websock.c). In QEMU 7.2 to 10.0 commands may wait there until the monitor's thread wakes for
 * another reason, so any other transport is better.
 */
export async function openWebSocket(
  url: string,
  tls: ConnectionOptions | undefined,
  signal: AbortSignal,
): Promise<Duplex> {
  // Loaded on demand: most programs never speak it.
  const { WebSocket, createWebSocketStream } = await import('ws')
  signal.throwIfAborted()
  const socket = new WebSocket(url, { ...tls, perMessageDeflate: false })
  const stream = createWebSocketStream(socket)
  await new Promise<void>((resolve, reject) => {
    const settle = (finish: () => void) => {
      stream.off('error', onError)
      signal.removeEventListener('abort', onAbort)
      finish()
    }
    const onError = (error: Error) => settle(() => reject(error))
    const onAbort = () => {
      stream.on('error', () => {})
      stream.destroy()
      settle(() => reject(signal.reason))
    }
    socket.once('open', () => settle(resolve))
    stream.once('error', onError)
    signal.addEventListener('abort', onAbort)
  })
  return stream
}
