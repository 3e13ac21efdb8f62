import type { Socket } from 'node:net'
import { type Opening, systemCode } from '../attempt.ts'
import { type Dial, whenConnected } from './socket.ts'

const FIRST_RETRY_MS = 5
const LAST_RETRY_MS = 100

/**
 * QEMU serves one client and lets one more wait; a third gets EAGAIN at once (chardev/char-socket.c), which
 * passes when one of them leaves. So EAGAIN alone is tried again, until the attempt is over.
 */
export function openUnix(
  path: string,
  dial: Dial,
  attempt: Opening,
  onOpen: (socket: Socket) => void,
  retryMs = FIRST_RETRY_MS,
): void {
  const onError = (error: Error) => {
    if (systemCode(error) !== 'EAGAIN') {
      attempt.failToConnect(error)
      return
    }
    const again = () => openUnix(path, dial, attempt, onOpen, Math.min(retryMs * 2, LAST_RETRY_MS))
    const timer = setTimeout(again, retryMs)
    attempt.undoBy(() => clearTimeout(timer))
  }
  whenConnected(dial({ path }), attempt, { onOpen, onError })
}
