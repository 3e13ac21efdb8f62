import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { type ExitCode, exitCodes } from '../outcome.ts'

export async function nic(
  context: Context,
  { waitMs }: Options,
  what = '',
  id = '',
  asked = '',
): Promise<ExitCode> {
  const input = what === 'attach' ? await context.readNic(asked) : undefined
  const signal = context.interrupted()
  const vm = await context.vm(id, signal)
  try {
    if (input !== undefined) {
      const attached = await vm.nics.attach(input, { signal })
      const text = `${attached.id} is attached to ${id} at ${attached.port}, with the address ${attached.mac}`
      context.result({ vm: id, outcome: 'attached', ...attached }, text)
      return exitCodes.done
    }
    const outcome = await vm.nics.detach(asked, { waitMs, signal })
    const pending = `${asked} is still attached to ${id}: its guest has not let go in ${waitMs} ms; detach again`
    const isDetached = outcome.outcome === 'detached'
    context.result({ vm: id, ...outcome }, isDetached ? `${asked} is detached from ${id}` : pending)
    return isDetached ? exitCodes.done : exitCodes.pending
  } finally {
    await vm.detach()
  }
}
