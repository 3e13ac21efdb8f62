import type { Socket } from 'node:net'

/** Resolves with the socket once `event` came; rejects, the socket destroyed, with its error or the abort's reason. */
export function whenConnected(
  socket: Socket,
  signal: AbortSignal,
  event: 'connect' | 'secureConnect' = 'connect',
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      socket.off(event, onConnect)
      socket.off('error', onError)
      signal.removeEventListener('abort', onAbort)
      finish()
    }
    const onConnect = () => settle(() => resolve(socket))
    const onError = (error: Error) => settle(() => reject(error))
    const onAbort = () => {
      socket.once('error', () => {})
      socket.destroy()
      settle(() => reject(signal.reason))
    }
    socket.once(event, onConnect)
    socket.once('error', onError)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
}
