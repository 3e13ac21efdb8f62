import { readFile } from 'node:fs/promises'
import { QemuLaunchError } from '../../errors.ts'
import { sleep } from '../../util/timer.ts'
import { killVm } from '../life/leftovers.ts'
import type { Vm } from '../life/roles.ts'

interface Checks {
  /** The pause between two questions, and how long an answer may take. */
  readonly everyMs: number
  readonly signal: AbortSignal
  readonly onSilent: (vm: Vm, error: unknown) => void
}

/** Asks VMs again and again, since no event tells that a QEMU stands still. Resolves on abort. Never rejects. */
export async function checkEach(vms: readonly Vm[], { everyMs, onSilent, signal }: Checks): Promise<void> {
  try {
    for (;;) {
      await sleep(everyMs, { signal })
      await Promise.all(
        vms.map((vm) =>
          vm.qmp
            .execute('query-status', undefined, { signal, timeoutMs: everyMs })
            .catch((error: unknown) => {
              if (!signal.aborted) onSilent(vm, error)
            }),
        ),
      )
    }
  } catch {
    // It is over.
  }
}

/** Whether the host has so much memory left. */
export async function hasRoom(freeMiB: number): Promise<boolean> {
  const [, availableKiB] = /^MemAvailable:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8')) ?? []
  return Number(availableKiB) / 1024 >= freeMiB
}

const retryMs = 1_000
const maxRetryMs = 30_000
const killTimeoutMs = 10_000

/** The pause before what has failed is tried again. */
export const laterThan = (pauseMs: number) => Math.min(Math.max(pauseMs * 2, retryMs), maxRetryMs)

interface Ending {
  /** Absent when it could not be taken up. */
  readonly vm: Vm | undefined
  readonly stateDir: string
  readonly onFault: ((error: unknown) => void) | undefined
  /** Ends the wait until a clone that cannot be killed is tried again. */
  readonly signal: AbortSignal
}

/** Kills a clone, as often as it takes. Resolves when nothing of it is left, or on abort. Never rejects. */
export async function endClone(id: string, { onFault, signal, stateDir, vm }: Ending): Promise<void> {
  await vm?.kill({ timeoutMs: killTimeoutMs }).catch(() => {})
  for (let pauseMs = laterThan(0); ; pauseMs = laterThan(pauseMs)) {
    try {
      await killVm(id, { stateDir })
      return
    } catch (error) {
      onFault?.(error instanceof QemuLaunchError ? error.tellOf({ vm: id }) : error)
    }
    await sleep(pauseMs, { signal }).catch(() => {})
    if (signal.aborted) return
  }
}
