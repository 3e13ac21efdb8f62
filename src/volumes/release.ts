import { setTimeout as sleep } from 'node:timers/promises'
import type { QmpClient } from '../qmp/index.ts'
import { removalVerdict } from './verdict.ts'

export interface ReleaseOptions {
  /** How long to wait for the guest. */
  readonly waitMs: number
  readonly signal?: AbortSignal | undefined
  /** Called when QEMU has taken the request, each time. */
  readonly onAnswer?: (() => void) | undefined
}

// A guest that is still booting loses the request; hw/acpi/pcihp.c and pcie.c take a repeat at any time.
const askAgainMs = 500

/**
 * Asks the guest to let go of a device and waits for the DEVICE_DELETED of exactly that device.
 * A guest that is booting is asked again until it does; one that has never run is not asked: the reset of a
 * machine that has not begun takes the device away. A paused guest lets go when it runs on.
 * @returns whether the device is gone; false when the guest has not let go in time. The request stands then.
 * @throws QmpError when QEMU refuses for good or the connection ends, and the signal's reason on abort.
 */
export async function releaseDevice(
  qmp: QmpClient,
  device: string,
  options: ReleaseOptions,
): Promise<boolean> {
  const stop = new AbortController()
  let deleted = false
  const onAbort = () => stop.abort()
  options.signal?.addEventListener('abort', onAbort, { once: true })
  // The first of the two events of a virtio device names the backend's path and no device.
  const deletion = qmp.waitFor('DEVICE_DELETED', ({ data }) => data.device === device, {
    signal: stop.signal,
  })
  deletion.then(
    () => {
      deleted = true
      stop.abort()
    },
    // The connection ended, of which the next command tells more.
    () => stop.abort(),
  )
  const end = performance.now() + options.waitMs
  try {
    const { status } = await qmp.execute('query-status')
    if (await ask(qmp, device, options.onAnswer)) return true
    if (status === 'prelaunch' && !deleted) await qmp.execute('system_reset')
    while (!deleted) {
      options.signal?.throwIfAborted()
      const left = end - performance.now()
      if (left <= 0) return false
      await sleep(Math.min(left, askAgainMs), undefined, { signal: stop.signal }).catch(() => {})
      options.signal?.throwIfAborted()
      if (deleted || performance.now() >= end) continue
      const { running } = await qmp.execute('query-status')
      if (running && (await ask(qmp, device, options.onAnswer))) return true
    }
    return true
  } finally {
    stop.abort()
    options.signal?.removeEventListener('abort', onAbort)
  }
}

/** @returns true when the device is not there. */
async function ask(qmp: QmpClient, device: string, onAnswer: (() => void) | undefined): Promise<boolean> {
  try {
    await qmp.execute('device_del', { id: device })
    onAnswer?.()
    return false
  } catch (error) {
    const verdict = removalVerdict(error)
    if (verdict === undefined || verdict === 'busy' || verdict === 'refused') throw error
    return verdict === 'gone'
  }
}
