import { type ProcessIdentity, untilGone } from '../../process/index.ts'
import { settledWithin } from '../../util/deadline.ts'
import { type OwnEvent, ownEvent } from '../events.ts'

/** A program that does a part of a VM beside QEMU, and that ends when QEMU does. */
export interface RunningHelper extends ProcessIdentity {
  readonly name: string
  /** Settles with its end, where this process is its parent. */
  readonly exited?: Promise<unknown> | undefined
}

// A QEMU that ends takes its helpers along, and is seen to end after them.
const lastWordsMs = 5_000

/** Emits `HELPER_DIED` for each helper that ends while its VM goes on and is ours. Never rejects. */
export async function watchHelpers(
  helpers: readonly RunningHelper[],
  {
    emit,
    vmExited,
  }: { readonly emit: (event: OwnEvent<'HELPER_DIED'>) => void; readonly vmExited: Promise<unknown> },
): Promise<void> {
  const over = new AbortController()
  void vmExited.then(() => over.abort())
  await Promise.all(
    helpers.map(async ({ exited, ...helper }) => {
      await (exited ?? untilGone(helper, over.signal))
      if ((await settledWithin(vmExited, lastWordsMs)) !== undefined) return
      const { name, pid } = helper
      const message = `the program behind ${name} has ended: its device does not work until the VM is started again`
      emit(ownEvent('HELPER_DIED', { name, pid, message }))
    }),
  )
}
