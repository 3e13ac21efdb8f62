import { readFile } from 'node:fs/promises'
import { sleep } from '../../util/timer.ts'
import type { Vm } from '../life/roles.ts'

interface Checks {
  /** It is also how long an answer may take. */
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

/** Keeps the end of some work among those to be waited for, until it is over. */
export function tracked<T>(ends: Set<Promise<void>>, work: Promise<T>): Promise<T> {
  const end: Promise<void> = work.then(
    () => void ends.delete(end),
    () => void ends.delete(end),
  )
  ends.add(end)
  return end.then(() => work)
}
