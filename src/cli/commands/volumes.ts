import { basename } from 'node:path'
import type { Fault } from '../../errors.ts'
import { serveAt } from '../../vm/forms.ts'
import type { DetachOutcome, MediumOutcome, VmVisitor } from '../../vm/index.ts'
import {
  isNbdUri,
  type MediumInput,
  parseNbdUri,
  parseVolumeSpec,
  type VolumeSpec,
  VolumeSpecError,
} from '../../volumes/index.ts'
import type { Context } from '../context.ts'
import { isImage } from '../document.ts'
import type { Options } from '../options.ts'
import { type ExitCode, exitCodes, UsageError } from '../outcome.ts'
import { waitsFor } from '../progress.ts'
import { traced, withTrace } from '../trace.ts'

export async function attach(context: Context, options: Options, id = '', volume = ''): Promise<undefined> {
  const spec = await volumeOf(context, options, volume, serveAt(id, context.stateDir))
  const signal = context.interrupted()
  const vm = await context.vm(id, signal)
  for (const limit of ['SERVER_LIMITED', 'VOLUME_LIMITED'] as const)
    vm.on(limit, ({ data }) => context.note(`qemu-launch: warning: volume ${data.id}: ${data.message}`))
  try {
    const { result: attached, trace } = await context.during(`${id}: attaching ${spec.id}`, () =>
      traced(options, () => vm.volumes.attach(spec, { preset: options.preset, signal })),
    )
    const { port, serial } = attached
    const found = serial === undefined ? '' : `; the guest finds it by serial ${serial}`
    const where = port === undefined ? '' : ` at ${port}`
    context.result(
      { vm: id, outcome: 'attached', ...attached, trace },
      withTrace(`${spec.id} is attached to ${id}${where}${found}`, trace),
    )
  } finally {
    await vm.detach()
  }
}

export async function detach(context: Context, options: Options, id = '', volumeId = ''): Promise<ExitCode> {
  const signal = context.interrupted()
  const vm = await context.vm(id, signal)
  try {
    const { waitMs, force, unmount } = options
    const outcome = await context.during(
      waitsFor(id, volumeId),
      () => vm.volumes.detach(volumeId, { waitMs, force, signal, unmount }),
      waitMs,
    )
    context.result({ vm: id, ...outcome }, textOf(outcome, id, waitMs))
    return outcome.outcome === 'detached' ? exitCodes.done : exitCodes.pending
  } finally {
    await vm.detach()
  }
}

function textOf(
  { id, notSevered, outcome, severed, waitsFor }: DetachOutcome,
  vm: string,
  waitMs: number | undefined,
): string {
  const unfenced = notSevered === undefined ? '' : `; not severed: ${notSevered}`
  if (outcome === 'detached')
    return `${id} is detached from ${vm}${severed ? ', cut off from its server' : unfenced}`
  if (waitsFor === 'server')
    return `${id} is no disk of ${vm}'s guest any more, and stays until its server, which does not answer, does; detach again, or with --force`
  const since = `its guest has not let go in ${waitMs} ms`
  return severed
    ? `${id} is cut off from its server and still a disk of ${vm}: ${since}; it goes when the guest is reset, or detach again`
    : `${id} is still attached to ${vm}: ${since}; keep its server up and detach again${unfenced}`
}

export async function insert(
  context: Context,
  options: Options,
  id = '',
  drive = '',
  medium = '',
): Promise<ExitCode> {
  const { force, format, waitMs } = options
  const image: MediumInput =
    format === 'raw' || format === 'qcow2' ? { uri: medium, format } : { uri: medium }
  return changeMedium(context, { id, drive, waitMs }, (vm, signal) =>
    vm.volumes.insert(drive, image, { force, signal, waitMs }),
  )
}

export async function eject(context: Context, options: Options, id = '', drive = ''): Promise<ExitCode> {
  const { force, waitMs } = options
  return changeMedium(context, { id, drive, waitMs }, (vm, signal) =>
    vm.volumes.eject(drive, { force, signal, waitMs }),
  )
}

interface Tray {
  readonly id: string
  readonly drive: string
  readonly waitMs: number | undefined
}

async function changeMedium(
  context: Context,
  { drive, id, waitMs }: Tray,
  change: (vm: VmVisitor, signal: AbortSignal) => Promise<MediumOutcome>,
): Promise<ExitCode> {
  const signal = context.interrupted()
  await using vm = await context.visit(id, signal)
  const { outcome } = await context.during(waitsFor(id, drive), () => change(vm, signal), waitMs)
  const words = {
    inserted: `the medium is in ${drive} of ${id}`,
    ejected: `${drive} of ${id} is empty`,
    pending: `${drive} of ${id} has the medium it had: its guest keeps the tray locked; repeat, or with --force`,
  }
  context.result({ vm: id, outcome, drive }, words[outcome])
  return outcome === 'pending' ? exitCodes.pending : exitCodes.done
}

async function volumeOf(
  context: Context,
  { id }: Options,
  volume: string,
  address: ReturnType<typeof serveAt>,
): Promise<VolumeSpec> {
  const isAddress = isNbdUri(volume)
  if (!isAddress && !(await isImage(volume))) return context.readVolume(volume, { id, serveAt: address })
  if (id !== undefined) return parseVolumeSpec(volume, { id })
  if (!isAddress)
    throw new UsageError(`${volume} is an image, and its volume has no name yet: say --id <name>`)
  try {
    return parseVolumeSpec(volume, { id: idOf(volume) })
  } catch (error) {
    if (!(error instanceof VolumeSpecError)) throw error
    const derived = (fault: Fault) =>
      fault.path === 'id'
        ? { ...fault, message: `${fault.message}; it comes from the address: say another name by --id` }
        : fault
    throw new VolumeSpecError(error.faults.map(derived))
  }
}

/** The volume an address is of, by the name of its socket: `…/nbd-vol-1.sock` is vol-1. */
function idOf(uri: string): string {
  const address = parseNbdUri(uri)
  const name = address.type === 'unix' ? basename(address.path, '.sock').replace(/^nbd-/, '') : address.export
  if (name !== '') return name
  throw new UsageError(`${uri} has no name for its volume: say --id <name>`)
}
