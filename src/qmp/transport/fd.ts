import { Socket } from 'node:net'

/** An inherited socket or one end of a socketpair. Throws when the descriptor is not open or not a stream. */
export function openFd(fd: number): Socket {
  return new Socket({ fd, readable: true, writable: true })
}
