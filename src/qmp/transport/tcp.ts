import { connect, type Socket } from 'node:net'
import { whenConnected } from './socket.ts'

export async function openTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = await whenConnected(connect({ host, port }), signal)
  return socket.setNoDelay(true)
}
