import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { whenConnected } from './socket.ts'

export async function openTcp(
  host: string,
  port: number,
  tls: ConnectionOptions | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  const socket =
    tls === undefined
      ? await whenConnected(connect({ host, port }), signal)
      : await whenConnected(connectTls({ servername: host, ...tls, host, port }), signal, 'secureConnect')
  return socket.setNoDelay(true)
}
