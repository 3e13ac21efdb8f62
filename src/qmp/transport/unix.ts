import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { whenConnected } from './socket.ts'

const FIRST_RETRY_MS = 5
const LAST_RETRY_MS = 100

/**
 * QEMU serves one client and lets one more wait; a third gets EAGAIN at once (chardev/char-socket.c), which
 * passes when one of them leaves. So EAGAIN alone is tried again, until the signal fires.
 */
export async function openUnix(path: string, signal: AbortSignal): Promise<Socket> {
  for (let delayMs = FIRST_RETRY_MS; ; delayMs = Math.min(delayMs * 2, LAST_RETRY_MS)) {
    try {
      return await whenConnected(connect({ path }), signal)
    } catch (error) {
      if (signal.aborted || !isBusy(error)) throw error
    }
    await sleep(delayMs, undefined, { signal })
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}
