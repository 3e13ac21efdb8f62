import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Fault } from '../../errors.ts'
import {
  type ClonedDisk,
  cachedDrive,
  cloneDisk,
  type ImageFile,
  imageInfo,
  VolumeError,
} from '../../volumes/index.ts'
import { keptVolume } from '../config/data-volumes.ts'
import type { VmConfig } from '../config/schema.ts'
import { VmConfigError, VmError } from '../errors.ts'
import type { CopyProgress, ForkOptions } from '../life/forking.ts'
import { endStandStill } from '../life/left-standing.ts'
import type { Vm, VmVisitor } from '../life/roles.ts'
import { unendedBackups } from '../record/backups.ts'
import { backupLock, captureLock } from '../record/ownership.ts'
import type { VmRecord } from '../record/state.ts'
import { StandStill } from '../stand-still.ts'
import { cloneFaults, disksOf, templateConfig } from './clonable.ts'
import { saveState } from './save-state.ts'
import { watchMemory } from './watch-memory.ts'

/** A running VM as it was at one moment: its state in a file, and copies of the disks that it writes, by their places. */
export interface Captured {
  readonly config: VmConfig
  readonly disks: ReadonlyMap<string, ClonedDisk>
}

type Telling = Pick<ForkOptions, 'onProgress' | 'signal'>
type CaptureOptions = Telling & { readonly timeoutMs: number }

interface CaptureFiles {
  readonly state: string
  readonly disks: string
}

const turnTimeoutMs = 600_000

/**
 * Captures a VM, with the volumes that are attached. It stands still meanwhile, and goes on when it ran before and nobody has paused
 * it. One call at a time; no disk of it is backed up meanwhile.
 * @throws VmConfigError with what cannot be cloned, before anything was done; VmError VM_STATE when a volume came or went in the
 *   meantime; ProcessError PROCESS_TIMEOUT, PROCESS_ABORTED; what `saveState` and `cloneDisk` throw.
 */
export async function capture(
  vm: Vm | VmVisitor,
  files: CaptureFiles,
  options: CaptureOptions,
): Promise<Captured> {
  const { signal } = options
  using _turn = await captureLock(vm.paths, { timeoutMs: turnTimeoutMs, signal })
  await endStandStill(vm, { timeoutMs: turnTimeoutMs, signal })
  const config = configNow(await vm.ledger.read(), vm.machine)
  const locks: Disposable[] = []
  try {
    const busy: string[] = []
    for (const { id } of await vm.volumes.list()) {
      const lock = await backupLock(vm.paths, id)
      if (lock === undefined) busy.push(id)
      else locks.push(lock)
    }
    const record = await vm.ledger.read()
    const faults = [...cloneFaults(config, 'runs'), ...stateFaults(record), ...backupFaults(record, busy)]
    if (faults.length > 0) throw new VmConfigError(faults)
    return await copyAll(vm, config, files, options)
  } finally {
    for (const lock of locks) lock[Symbol.dispose]()
  }
}

async function copyAll(
  vm: Vm | VmVisitor,
  config: VmConfig,
  files: CaptureFiles,
  { onProgress, signal, timeoutMs }: CaptureOptions,
): Promise<Captured> {
  await mkdir(files.disks, { recursive: true, mode: 0o700 })
  using still = new StandStill({ qmp: vm.qmp, store: vm.ledger, volumes: vm.volumes })
  try {
    await still.begin({ what: 'copy' }, { timeoutMs: turnTimeoutMs, signal })
    const save = () => saveState(vm, files.state, { isWhole: true, signal, timeoutMs })
    await watchMemory(vm.qmp, onProgress, save)
    const after = await vm.ledger.read()
    if (stateFaults(after).length > 0 || !isDeepStrictEqual(configNow(after, vm.machine), config)) {
      const what = `VM ${vm.id} is not copied: a volume, a card or a device came or went meanwhile; repeat it`
      throw new VmError('VM_STATE', what, { details: { vm: vm.id } })
    }
    return { config, disks: await copyDisks(config, files.disks, { onProgress, signal }) }
  } finally {
    await still.end()
  }
}

/** The disks that are being backed up: the VM stands still and goes on for that too. Pure. */
function backupFaults(record: Pick<VmRecord, 'backups'>, busy: readonly string[]): Fault[] {
  const ids = new Set([...busy, ...unendedBackups(record).map(({ volume }) => volume)])
  return [...ids].map((id) => ({
    path: 'volumes',
    message: `${id} is being backed up: repeat it when that is over`,
  }))
}

/** The config by which a QEMU is started that has what this one has now. Pure. */
function configNow({ argv, attachments, config }: VmRecord, machine: string): VmConfig {
  const [, ...options] = (config.machine ?? '').split(',')
  const fixed = config.volumes.filter((volume) => keptVolume(volume) !== undefined)
  const attached = attachments.flatMap((entry) =>
    entry.phase === 'attached' && entry.kind === 'volume'
      ? [{ ...entry.spec, bus: entry.port, role: 'data' as const }]
      : [],
  )
  return templateConfig({
    ...config,
    // The others are attached.
    drives: config.drives.filter((drive) => cachedDrive(drive) === undefined),
    machine: [machine, ...options].join(','),
    accelerator: argv.includes('-enable-kvm') ? 'kvm' : 'tcg',
    volumes: [...fixed, ...attached],
    nics: config.nics.map((nic) => (nic.type === 'user' ? { ...nic, hostForwards: [] } : nic)),
  })
}

/** What makes a VM that runs unfit, beside its config. Pure. */
function stateFaults({ attachments, config }: VmRecord): Fault[] {
  const moving = attachments.filter(({ phase }) => phase !== 'attached' && phase !== 'ended')
  const live = attachments.filter(({ kind, phase }) => kind === 'nic' && phase === 'attached')
  const scsi = attachments.filter(
    (each) => each.kind === 'volume' && each.phase === 'attached' && each.spec.interface === 'scsi',
  )
  const devices = attachments.filter(({ kind, phase }) => kind === 'device' && phase === 'attached')
  const faults: Fault[] = [
    ...moving.map(({ id }) => ({
      path: 'volumes',
      message: `${id} is being attached or detached: repeat it when that is over`,
    })),
    ...live.map(({ id }) => ({
      path: 'nics',
      message: `the card ${id} was attached live, and two VMs cannot have its address: detach it first`,
    })),
    ...scsi.map(({ id }) => ({
      path: 'volumes',
      message: `the SCSI disk ${id} was attached live, and a config cannot name such a volume: detach it first`,
    })),
    ...devices.map(({ id }) => ({
      path: 'devices',
      message: `the device ${id} was attached live, and its state cannot be copied: detach it first`,
    })),
  ]
  if (config.arch === 'x86_64' && config.vmGenId !== 'auto') {
    const message =
      'should be auto when the VM starts: without it the copy draws the same random numbers as its source'
    faults.push({ path: 'vmGenId', message })
  }
  return faults
}

/** The VM will write its disks again, so none of them can be what another one stands on. */
async function copyDisks(config: VmConfig, folder: string, options: Telling) {
  const copies = new Map<string, ClonedDisk>()
  for (const { backing, file, format, isShared, path } of disksOf(config)) {
    if (isShared) continue
    copies.set(
      path,
      await copyDisk({ path: file, format, backing }, join(folder, String(copies.size)), options),
    )
  }
  return copies
}

async function copyDisk(
  source: ImageFile,
  target: string,
  { onProgress, signal }: Telling,
): Promise<ClonedDisk> {
  try {
    return await cloneDisk(source, target, { method: 'reflink', signal })
  } catch (error) {
    if (!(error instanceof VolumeError) || error.code !== 'VOLUME_IMAGE_FAILED') throw error
    const told = onProgress && (await tellOfDisk(source, onProgress, signal))
    return cloneDisk(source, target, { method: 'copy', signal, onProgress: told })
  }
}

async function tellOfDisk(
  source: ImageFile,
  onProgress: (progress: CopyProgress) => void,
  signal: AbortSignal | undefined,
) {
  const { path } = source
  const { virtualSizeBytes: totalBytes } = await imageInfo(source, { signal })
  return (done: number) => onProgress({ step: 'disk', path, bytes: done * totalBytes, totalBytes })
}
