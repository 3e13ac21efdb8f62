import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { QmpCommandError } from '../../qmp/index.ts'
import { asBacking, type CloneMethod, cloneDisk } from '../../volumes/index.ts'
import { parseVmConfig } from '../config/config.ts'
import { binaryOf } from '../config/machine.ts'
import type { VmConfigInput } from '../config/schema.ts'
import { VmError } from '../errors.ts'
import { type LaunchOptions, launchWith } from '../launch/launch.ts'
import type { Vm } from '../life/roles.ts'
import { factsOf } from '../qemu/capabilities.ts'
import { templateLock } from '../record/ownership.ts'
import { defaultStateDir, vmPaths } from '../record/paths.ts'
import { type DiskImage, type DiskPlace, disksOf, memoryId, withDisks } from './clonable.ts'
import { hasAgent } from './guest-ready.ts'
import { openState, readsFiles } from './open-state.ts'
import { orGone } from './or-gone.ts'
import { giveAddresses } from './own-addresses.ts'
import {
  changedBase,
  hostId,
  qemuVersion,
  readTemplate,
  type TemplateRecord,
  templatePaths,
} from './template-record.ts'

/** What a clone has of its own. The rest of its config is that of the template. */
export interface CloneOverrides extends Pick<VmConfigInput, 'process' | 'nics'> {
  /** The name of the clone. */
  readonly name: string
}

export interface CloneOptions extends LaunchOptions {
  /** Called when the clone runs, to give its guest a name, a machine-id, a network. The clone is killed when it fails. */
  readonly prepare?: ((vm: Vm) => Promise<unknown>) | undefined
}

/**
 * Starts a VM from a template: with the memory of the template, which is shared until the clone writes it, and with disks of its
 * own. It is a VM like any other. Its guest gets new random numbers (vmgenid), and the right time if it has an agent.
 * @throws VmError VM_TEMPLATE_NOT_FOUND; VM_TEMPLATE_MISMATCH when the QEMU, the host or a disk below the template has changed;
 *   what `launchVm`, `cloneDisk` and `prepare` throw. Nothing of the clone is left then.
 */
export async function cloneVm(
  template: string,
  overrides: CloneOverrides,
  options: CloneOptions = {},
): Promise<Vm> {
  const stateDir = resolve(options.stateDir ?? defaultStateDir())
  const record = await readTemplate(stateDir, template)
  const vm = await cloneFrom(record, overrides, { ...options, stateDir })
  if (options.paused !== true) await beginClone(vm, record.config, options)
  return vm
}

interface Placed {
  readonly stateDir: string
  /** The pool that it waits in. */
  readonly pool?: string | undefined
}

/** Starts a clone as `cloneVm` does, and leaves it paused. */
export async function cloneFrom(
  record: TemplateRecord,
  { nics = record.nics, ...overrides }: CloneOverrides,
  { pool, prepare: _, ...options }: CloneOptions & Placed,
): Promise<Vm> {
  const { signal, stateDir } = options
  const template = record.name
  const paths = templatePaths(stateDir, template)
  const fit = await checkFit(record, signal)
  const disks = clonedDisks(record, vmPaths(stateDir, overrides.name).disks)
  const config = parseVmConfig({
    ...withDisks(record.config, new Map(disks.map(({ image, place }) => [place.path, image]))),
    ...overrides,
  })
  await using state = await openState(paths.state, fit)
  const vm = await launchWith(config, options, undefined, {
    template,
    pool,
    memoryFile: { id: memoryId(config), path: paths.memory, mode: fit.readsFiles ? 'read-only' : 'private' },
    state,
    prepare: async (own) => {
      // A process that deletes the template sees our record now.
      using _lock = await templateLock(stateDir, template, { signal })
      await readTemplate(stateDir, template)
      if (disks.length > 0) await mkdir(own.disks, { mode: 0o700 })
      for (const { image, method, place } of disks) {
        const { backing, file, format } = place
        await cloneDisk({ path: file, format, backing }, image.path, { method, signal })
      }
    },
  })
  await giveCards(vm, nics, signal)
  return vm
}

/** Attaches the cards that a copy has beside those of its source. @throws what `vm.nics.attach` throws; the copy is gone then. */
export function giveCards(
  vm: Vm,
  nics: NonNullable<CloneOverrides['nics']>,
  signal: AbortSignal | undefined,
): Promise<void> {
  return orGone(vm, async () => {
    for (const nic of nics) await vm.nics.attach(nic, { signal })
  })
}

/** Lets a clone run, gives it the time and addresses of its own, and has it prepared. @throws what `prepare` throws; the clone is gone then. */
export function beginClone(
  vm: Vm,
  config: TemplateRecord['config'],
  { prepare, ...options }: Pick<CloneOptions, 'onWarning' | 'prepare' | 'signal'>,
): Promise<void> {
  return orGone(vm, async () => {
    if (vm.state !== 'running') await vm.resume({ signal: options.signal })
    if (hasAgent(config)) await setClock(vm, options)
    await giveAddresses(vm, config, options)
    await prepare?.(vm)
  })
}

/** @throws VmError VM_TEMPLATE_MISMATCH. */
async function checkFit(
  { bases, config, host, name, qemu }: TemplateRecord,
  signal: AbortSignal | undefined,
): Promise<{ readonly readsFiles: boolean }> {
  const binary = config.binary ?? binaryOf(config.arch)
  const [{ facts }, changed, here] = await Promise.all([
    factsOf(binary, { signal }),
    changedBase(bases),
    hostId(),
  ])
  const found = qemuVersion(facts)
  const mismatch = (what: string, details: object) =>
    new VmError(
      'VM_TEMPLATE_MISMATCH',
      `the template ${name} cannot be cloned: ${what}; delete it and make it again`,
      {
        details: { template: name, ...details },
      },
    )
  if (found !== qemu) throw mismatch(`QEMU ${qemu} made it, and ${binary} is ${found}`, { qemu, found })
  if (here !== host) throw mismatch('another host made it', { host, found: here })
  if (changed !== undefined) throw mismatch(`${changed} has changed since`, { file: changed })
  return { readsFiles: readsFiles(facts.version) }
}

interface OwnDisk {
  readonly place: DiskPlace
  readonly method: CloneMethod
  readonly image: DiskImage
}

/** The disks that a clone has of its own, in this folder. */
function clonedDisks({ config, disks }: TemplateRecord, folder: string): OwnDisk[] {
  const places = new Map(disksOf(config).map((place) => [place.path, place]))
  return disks.flatMap(({ method, path }, index): OwnDisk[] => {
    const place = places.get(path)
    if (place === undefined) return []
    const { backing, file, format } = place
    const own = { path: join(folder, String(index)) }
    const image =
      method === 'overlay'
        ? { ...own, format: 'qcow2', backing: asBacking({ path: file, format, backing }) }
        : { ...own, format, backing: method === 'copy' ? undefined : backing }
    return [{ place, method, image }]
  })
}

/** The agent sets no clock in a guest without `hwclock`, as Debian's images are: there `date` does. What fails is told as a warning. */
async function setClock(vm: Vm, { onWarning, signal }: CloneOptions): Promise<void> {
  const time = BigInt(Date.now()) * 1_000_000n
  try {
    await vm.guest.withAgent({ signal }, (agent) => agent.execute('guest-set-time', { time }, { signal }))
  } catch (error) {
    if (!(error instanceof QmpCommandError)) throw error
    const fault = await setByProgram(vm, signal)
    if (fault !== undefined)
      onWarning?.(`the agent of VM ${vm.id} did not set the clock: ${error.message}; date: ${fault}`)
  }
}

/** @returns what is wrong; undefined when it is done. */
async function setByProgram(vm: Vm, signal: AbortSignal | undefined): Promise<string | undefined> {
  const words = ['date', '-s', `@${Math.round(Date.now() / 1000)}`] as const
  const ended = await vm.guest.exec([...words], { signal }).catch((error: unknown) => {
    if (!(error instanceof QmpCommandError)) throw error
    return { exitCode: undefined, stderr: error.message }
  })
  return ended.exitCode === 0 ? undefined : ended.stderr
}
