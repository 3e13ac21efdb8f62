import { checkTimeout, type QmpClient, QmpCommandError, QmpError } from '../qmp/index.ts'
import { offAbort, onAbort } from '../util/on-abort.ts'
import { inSpan } from '../util/spans.ts'
import { sleep } from '../util/timer.ts'
import { removalVerdict } from './verdict.ts'

export interface ReleaseOptions {
  /** How long to wait for the guest. */
  readonly waitMs: number
  readonly signal?: AbortSignal | undefined
  /** Called when QEMU has taken the request, each time. */
  readonly onAnswer?: (() => void) | undefined
}

// A QEMU that does not answer stands still, mostly because a server does not answer it.
const answerTimeoutMs = 5_000

// A guest that runs mostly lets go before that.
const firstLookMs = 200

// A guest that is still booting loses the request; hw/acpi/pcihp.c and pcie.c take a repeat at any time.
const askAgainMs = 500

/**
 * Asks the guest to let go of a device and waits for the DEVICE_DELETED of exactly that device.
 * A guest that is booting is asked again until it does; a guest that has never run cannot hear it: the reset of a
 * machine that has not begun takes the device away. A paused guest lets go when it runs on.
 * @returns whether the device is gone; false when the guest has not let go in time, or QEMU not answered. The request stands then.
 * @throws QmpError when QEMU refuses, for good or, for a migration, all the time, or when the connection ends; the signal's
 *   reason on abort.
 */
export function releaseDevice(qmp: QmpClient, device: string, options: ReleaseOptions): Promise<boolean> {
  return inSpan('wait for guest', { device }, () => release(qmp, device, options))
}

async function release(qmp: QmpClient, device: string, options: ReleaseOptions): Promise<boolean> {
  checkTimeout(options.waitMs, 'waitMs')
  const stop = new AbortController()
  let deleted = false
  const listener = { handleEvent: () => stop.abort() }
  onAbort(options.signal, listener)
  // The first of the two events of a virtio device names the backend's path and no device.
  const deletion = qmp.waitFor('DEVICE_DELETED', ({ data }) => data.device === device, {
    signal: stop.signal,
  })
  deletion.then(
    () => {
      deleted = true
      stop.abort()
    },
    // The connection ended; the next command tells more.
    () => stop.abort(),
  )
  const end = performance.now() + options.waitMs
  const limit = () => ({ timeoutMs: Math.max(end - performance.now(), 0) + answerTimeoutMs })
  let isAsked = false
  let migrating: QmpError | undefined
  const ask = async () => {
    const answer = await request(qmp, device, options.onAnswer, limit())
    isAsked ||= answer === 'asked'
    migrating = answer instanceof QmpError && !isAsked ? answer : undefined
    return answer === 'gone'
  }
  try {
    if (await ask()) return true
    let isReset = false
    for (let wait = firstLookMs; !deleted; wait = askAgainMs) {
      options.signal?.throwIfAborted()
      const left = end - performance.now()
      if (left > 0) await sleep(Math.min(left, wait), { signal: stop.signal }).catch(() => {})
      options.signal?.throwIfAborted()
      if (deleted) return true
      const { running, status } = await look(qmp, limit())
      if (deleted) return true
      if (status === 'prelaunch' && !isReset) {
        isReset = true
        await qmp.execute('system_reset', undefined, limit())
      }
      if (performance.now() >= end) {
        if (migrating !== undefined) throw migrating
        return deleted
      }
      if ((running || migrating !== undefined) && (await ask())) return true
    }
    return true
  } catch (error) {
    if (error instanceof QmpError && error.code === 'QMP_TIMEOUT') return deleted
    throw error
  } finally {
    stop.abort()
    offAbort(options.signal, listener)
  }
}

/** A server that does not tell, as a test's may not, is taken for one whose guest runs. */
async function look(qmp: QmpClient, limit: { readonly timeoutMs: number }) {
  return qmp.execute('query-status', undefined, limit).catch((error: unknown) => {
    if (!(error instanceof QmpCommandError)) throw error
    return { running: true, status: 'running' }
  })
}

/** @returns `gone` when the device is not there, QEMU's words when a migration is in the way. */
async function request(
  qmp: QmpClient,
  device: string,
  onAnswer: (() => void) | undefined,
  limit: { readonly timeoutMs: number },
): Promise<'gone' | 'asked' | QmpError> {
  try {
    await qmp.execute('device_del', { id: device }, limit)
    onAnswer?.()
    return 'asked'
  } catch (error) {
    const verdict = removalVerdict(error)
    if (verdict === undefined || verdict === 'busy' || verdict === 'refused') throw error
    if (verdict === 'migrating' && error instanceof QmpError) return error
    return verdict === 'gone' ? 'gone' : 'asked'
  }
}
