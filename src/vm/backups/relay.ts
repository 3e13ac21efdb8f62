import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { NbdAddress } from '../../volumes/index.ts'

/** A way to a server that this process can cut off, and that goes with it. */
export interface Relay {
  /** Closes it: all that waits for the server fails. */
  readonly cut: () => void
}

/**
 * Lets QEMU reach a server by a socket of ours. A QEMU that waits until a silent server reads more does not hear `yank`
 * (7.2 to 10.0), and stands still for it when it is to pause. @throws what listening throws.
 */
export async function openRelay(path: string, address: NbdAddress): Promise<Relay> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const far = connect(
      address.type === 'unix' ? { path: address.path } : { host: address.host, port: address.port },
    )
    for (const socket of [client, far]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    pipeline(client, far, client, () => {
      client.destroy()
      far.destroy()
    })
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    cut: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
