import type { Socket } from 'node:net'
import type { Opening } from '../attempt.ts'
import { type Dial, whenConnected } from './socket.ts'

export function openTcp(
  host: string,
  port: number,
  dial: Dial,
  attempt: Opening,
  onOpen: (socket: Socket) => void,
): void {
  whenConnected(dial({ host, port, noDelay: true }), attempt, { onOpen })
}
