import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { type ExitCode, exitCodes, UsageError } from '../outcome.ts'
import { waitsFor } from '../progress.ts'

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
    if (input === undefined)
      return await detach(context, { vm: id, name: asked, waitMs }, () =>
        vm.nics.detach(asked, { waitMs, signal }),
      )
    const attached = await vm.nics.attach(input, { signal })
    const text = `${attached.id} is attached to ${id} at ${attached.port}, with the address ${attached.mac}`
    context.result({ vm: id, outcome: 'attached', ...attached }, text)
    return exitCodes.done
  } finally {
    await vm.detach()
  }
}

export async function device(
  context: Context,
  { waitMs }: Options,
  what = '',
  id = '',
  asked: string | undefined = undefined,
): Promise<ExitCode> {
  if (what === 'list') return list(context, id)
  if (asked === undefined) throw new UsageError(`name the device to ${what}`)
  const input = what === 'attach' ? await context.readDevice(asked) : undefined
  const signal = context.interrupted()
  const vm = await context.vm(id, signal)
  try {
    if (input === undefined)
      return await detach(context, { vm: id, name: asked, waitMs }, () =>
        vm.devices.detach(asked, { waitMs, signal }),
      )
    const attached = await vm.devices.attach(input, { signal })
    const at = attached.port === undefined ? '' : ` at ${attached.port}`
    context.result({ vm: id, outcome: 'attached', ...attached }, `${attached.id} is attached to ${id}${at}`)
    return exitCodes.done
  } finally {
    await vm.detach()
  }
}

async function list(context: Context, id: string): Promise<ExitCode> {
  await using vm = await context.visit(id, context.interrupted())
  const devices = await vm.devices.list()
  const lines = devices.map(({ driver, id: name, port = '-', state }) => `${name} ${driver} ${state} ${port}`)
  context.result(devices, lines.join('\n'))
  return exitCodes.done
}

interface Asked {
  readonly vm: string
  readonly name: string
  readonly waitMs: number | undefined
}

async function detach(
  context: Context,
  { name, vm, waitMs }: Asked,
  work: () => Promise<{ readonly outcome: 'detached' | 'pending'; readonly id: string }>,
): Promise<ExitCode> {
  const outcome = await context.during(waitsFor(vm, name), work, waitMs)
  const isDetached = outcome.outcome === 'detached'
  const pending = `${outcome.id} is still attached to ${vm}: its guest has not let go in ${waitMs} ms; detach again`
  context.result({ vm, ...outcome }, isDetached ? `${outcome.id} is detached from ${vm}` : pending)
  return isDetached ? exitCodes.done : exitCodes.pending
}
