import type { QmpClient } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import type { ForkOptions } from '../life/forking.ts'

const lookMs = 250

/** Does what saves the state of a VM, and tells meanwhile how much of its memory QEMU has written. */
export async function watchMemory(
  qmp: QmpClient,
  onProgress: ForkOptions['onProgress'],
  save: () => Promise<void>,
): Promise<void> {
  if (onProgress === undefined) return save()
  const over = new AbortController()
  const tell = async (wanted: string) => {
    const { ram, status } = await qmp.execute('query-migrate', undefined, { signal: over.signal })
    // Before this migration begins, QEMU tells of the one before.
    if (status !== wanted || ram === undefined) return
    const totalBytes = Number(ram.total)
    onProgress({ step: 'memory', bytes: totalBytes - Number(ram.remaining), totalBytes })
  }
  const watch = async () => {
    // QEMU has no event for it.
    for (;;) {
      await tell('active')
      await sleep(lookMs, { signal: over.signal })
    }
  }
  // Ends when it is over. What is wrong with QEMU is told by the save.
  const watching = watch().catch(() => {})
  try {
    await save()
    await tell('completed').catch(() => {})
  } finally {
    over.abort()
    await watching
  }
}
