import { basename } from 'node:path'
import { stringifyJson } from '../../qmp/index.ts'
import {
  isNbdUri,
  parseNbdUri,
  parseVolumeSpec,
  planAttach,
  planDetach,
  type VolumeSpec,
} from '../../volumes/index.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { type ExitCode, exitCodes, UsageError } from '../outcome.ts'

export async function attach(context: Context, options: Options, id = '', volume = ''): Promise<undefined> {
  const spec = await volumeOf(context, options, volume)
  const signal = context.interrupted()
  const vm = await context.vm(id, signal)
  try {
    const attached = await vm.volumes.attach(spec, { preset: options.preset, signal })
    const { port, serial } = attached
    const found = serial === undefined ? '' : `; the guest finds it by serial ${serial}`
    const where = port === undefined ? '' : ` at ${port}`
    context.result(
      { vm: id, outcome: 'attached', ...attached },
      `${spec.id} is attached to ${id}${where}${found}`,
    )
  } finally {
    await vm.detach()
  }
}

export async function detach(context: Context, options: Options, id = '', volumeId = ''): Promise<ExitCode> {
  const signal = context.interrupted()
  const vm = await context.vm(id, signal)
  try {
    const outcome = await vm.volumes.detach(volumeId, { waitMs: options.waitMs, signal })
    const detached = outcome.outcome === 'detached'
    context.result(
      { vm: id, ...outcome },
      detached
        ? `${volumeId} is detached from ${id}`
        : `${volumeId} is still attached to ${id}: its guest has not let go in ${options.waitMs} ms; keep its server up and detach again`,
    )
    return detached ? exitCodes.done : exitCodes.pending
  } finally {
    await vm.detach()
  }
}

export async function plan(
  context: Context,
  options: Options,
  what?: string,
  volume = '',
): Promise<undefined> {
  const preset = options.preset ?? 'safe'
  const commands =
    what === 'detach'
      ? planDetach(volume, { preset })
      : planAttach(await context.readVolume(volume), { preset })
  context.result(commands, commands.map((command) => stringifyJson(command)).join('\n'))
}

async function volumeOf(context: Context, { id }: Options, volume: string): Promise<VolumeSpec> {
  if (!isNbdUri(volume)) return context.readVolume(volume, { id })
  return parseVolumeSpec(volume, { id: id ?? idOf(volume) })
}

/** The volume an address is of, by the name of its socket: `…/nbd-vol-1.sock` is vol-1. */
function idOf(uri: string): string {
  const address = parseNbdUri(uri)
  const name = address.type === 'unix' ? basename(address.path, '.sock').replace(/^nbd-/, '') : address.export
  if (name !== '') return name
  throw new UsageError(`${uri} does not name its volume: say --id`)
}
