import { connect, type NetConnectOpts, type Socket } from 'node:net'
import type { Opening } from '../attempt.ts'
import { KEPT_FROM_BYTES } from '../line-store.ts'

/** What becomes of a socket that connects; until then the attempt destroys it when it fails. */
export interface Outcome {
  readonly onOpen: (socket: Socket) => void
  /** By default the attempt fails. The socket has destroyed itself. */
  readonly onError?: (error: Error) => void
}

export function whenConnected(
  socket: Socket,
  attempt: Opening,
  { onOpen, onError = (error) => attempt.failToConnect(error) }: Outcome,
  event: 'connect' | 'secureConnect' = 'connect',
): void {
  attempt.undoBy(() => socket.destroy())
  socket.on('error', onError)
  socket.on(event, function onConnect() {
    socket.off(event, onConnect).off('error', onError)
    onOpen(socket)
  })
}

/** Starts to connect: `connect` of node:net or `connectLending`. */
export type Dial = (options: NetConnectOpts) => Socket

/** Read into by all sockets, one read after the other. */
const lent = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * Connects a socket whose 'data' events lend their bytes: a short chunk holds only until the listener returns. Else
 * Node takes 64 KiB anew for each read and sends the chunk through all of its streams machinery.
 */
export function connectLending(options: NetConnectOpts): Socket {
  const deliver = (length: number): boolean => {
    const chunk = lent.subarray(0, length)
    socket.emit('data', length < KEPT_FROM_BYTES ? chunk : Buffer.from(chunk))
    return true
  }
  const socket = connect({ ...options, onread: { buffer: lent, callback: deliver } })
  return socket
}
