import type { JsonObject } from '../qmp/index.ts'
import { check, show } from '../util/schema.ts'
import { cacheFlags } from './cache.ts'
import { isServedImage, serialOf, serverNode } from './disk-names.ts'
import { blockSizeOptions, deviceOptions, keyOptions } from './disk-options.ts'
import { VolumeSpecError } from './errors.ts'
import { backingOption, imageOptions, protocolNode, socketAddress } from './image-node.ts'
import { groupLimits } from './limits.ts'
import { type CacheFile, cachedNode, cacheFileIn } from './local-cache.ts'
import { type FileDrivers, type FileSource, formatOfFile, type NbdSource, readVolumeUri } from './source.ts'
import {
  parseVolumeSpec,
  portOfSpec,
  type VolumeSpec,
  type VolumeSpecInput,
  volumeNames,
  volumeSpecSchema,
} from './spec.ts'
import { tlsCreds } from './tls-spec.ts'

/** One QMP command, as it goes over the wire and as it is printed. */
export interface QmpCommand {
  readonly execute: string
  readonly arguments: JsonObject
}

/** `hive` sends what Hive sends and nothing else; `safe` sends the same, and adds what protects the VM. */
export type PlanPreset = 'hive' | 'safe'

export interface PlanOptions {
  readonly preset?: PlanPreset
  /** How many vCPUs the VM has: then `safe` gives the disk that many queues. */
  readonly vcpus?: number
  /** What its files were found to be. When absent, their names decide: a path below /dev is a block device, except below /dev/shm. */
  readonly drivers?: FileDrivers | undefined
  /** The file of its local cache, which exists. When absent, the file is named below the directory of the spec. */
  readonly cacheFile?: CacheFile | undefined
  /** When the firmware tries to boot from the disk, beside others; QEMU heeds it from the start of the VM only. */
  readonly bootIndex?: number | undefined
}

export interface DetachPlanOptions extends PlanOptions {
  /** The volume was attached with `limits`, so that it has a throttle group to be removed. */
  readonly limited?: boolean
  /** The volume was attached with `tls`, so that it has credentials to be removed. */
  readonly tls?: boolean
  /** The volume was attached with `localCache`, so that it has a spare connection to be removed. */
  readonly cached?: boolean
}

// QEMU connects on its main loop: while it does, the whole VM stands still, so the limit is short.
const openTimeoutSeconds = 3
/** How long requests wait for a lost server, unless something else is said. */
export const reconnectDelaySeconds = 10
const maxQueues = 1024
const planPresets: readonly PlanPreset[] = ['hive', 'safe']

/**
 * The commands that attach a volume, in order: iothread, throttle group when it has limits, credentials when it
 * has TLS, with a local cache the spare connection that is used when the cache fails, block node, disk. Pure.
 * Both presets have what the spec asks for; `safe` adds to it. The port is the spec's `bus` or `device`. Without them the
 * commands name no bus, which QEMU refuses on q35: assign a port of the VM first.
 * Throws VOLUME_SPEC as `parseVolumeSpec` does, and for a preset that does not exist.
 */
export function planAttach(volume: VolumeSpecInput, options: PlanOptions = {}): QmpCommand[] {
  return attachCommands(parseVolumeSpec(volume), options)
}

/** Plans the attach of a spec that came from `parseVolumeSpec`, without the check, which takes longer than the plan. Pure. */
export function attachCommands(spec: VolumeSpec, options: PlanOptions = {}): QmpCommand[] {
  checkPreset(options)
  const names = volumeNames(spec.id)
  const plan: QmpCommand[] = []
  if (hasOwnThread(spec)) {
    plan.push({ execute: 'object-add', arguments: { 'qom-type': 'iothread', id: names.iothread } })
  }
  if (spec.limits !== undefined) {
    const group = { 'qom-type': 'throttle-group', id: names.throttleGroup, limits: groupLimits(spec.limits) }
    plan.push({ execute: 'object-add', arguments: group })
  }
  if (spec.tls !== undefined) {
    plan.push({ execute: 'object-add', arguments: tlsCreds(names.tls, 'client', spec.tls) })
  }
  for (const node of blockNodes(spec, options)) plan.push({ execute: 'blockdev-add', arguments: node })
  plan.push({ execute: 'device_add', arguments: disk(spec, options) })
  return plan
}

/** Another word would leave out what protects the VM, in silence. */
function checkPreset({ preset = 'safe' }: PlanOptions): void {
  if (planPresets.includes(preset)) return
  const message = `${show(preset)} should be one of ${planPresets.join(', ')}`
  throw new VolumeSpecError([{ path: 'preset', message, value: preset }], 'plan')
}

/** A SCSI disk works in the thread of its controller. */
const hasOwnThread = (spec: VolumeSpec) => spec.iothread && spec.interface !== 'scsi'

/**
 * The commands that detach a volume, in order: disk, block node, spare connection of one with a cache, credentials of one with
 * TLS, throttle group of a limited one, iothread. Pure, the same in both presets. The second may only run once the guest has let
 * go of the disk (DEVICE_DELETED). Throws VOLUME_SPEC when the id or the preset is wrong.
 */
export function planDetach(volumeId: string, options: DetachPlanOptions = {}): QmpCommand[] {
  checkPreset(options)
  const { cached = false, limited = false, tls = false } = options
  const checked = check(volumeSpecSchema.shape.id, volumeId)
  if (!checked.ok) throw new VolumeSpecError(checked.faults, 'volume id')
  const names = volumeNames(volumeId)
  return [
    { execute: 'device_del', arguments: { id: names.device } },
    { execute: 'blockdev-del', arguments: { 'node-name': names.node } },
    ...(cached ? [{ execute: 'blockdev-del', arguments: { 'node-name': names.spare } }] : []),
    ...(tls ? [{ execute: 'object-del', arguments: { id: names.tls } }] : []),
    ...(limited ? [{ execute: 'object-del', arguments: { id: names.throttleGroup } }] : []),
    { execute: 'object-del', arguments: { id: names.iothread } },
  ]
}

/** The spare connection of a volume with a cache, then what its disk uses. */
function blockNodes(
  spec: VolumeSpec,
  { cacheFile, drivers, preset = 'safe' }: PlanOptions,
): readonly JsonObject[] {
  const source = readVolumeUri(spec.uri)
  if (typeof source === 'string') {
    throw new VolumeSpecError([
      { path: 'uri', message: `${JSON.stringify(spec.uri)} ${source}`, value: spec.uri },
    ])
  }
  const names = volumeNames(spec.id)
  if (source.type === 'file') {
    return [throttled(spec, names, (name) => fileNode(name, spec, source, drivers))]
  }
  const server = (name: string) => servedNode(name, spec, source, preset, drivers)
  const { localCache } = spec
  if (localCache === undefined) return [throttled(spec, names, server)]
  const directory = `${localCache.directory.replace(/\/+$/, '')}/${spec.id}`
  const file = cacheFile ?? { path: cacheFileIn(directory), isDirect: true, isNative: true }
  const { sizeMiB } = localCache
  const connection = (name: string, readOnly: boolean) => nbdNode(name, { ...spec, readOnly }, source, preset)
  const cached = (name: string) => ({
    ...cachedNode({ name, names: names.cache, file, sizeMiB, connection }),
    ...known({ ...nodeOptions(spec), 'detect-zeroes': spec.detectZeroes }),
  })
  return [
    throttled(spec, { node: names.spare, source: names.spareSource }, server),
    throttled(spec, names, cached),
  ]
}

/** What the disk uses: the node itself, or with limits the throttle in front of it. */
function throttled(
  spec: VolumeSpec,
  names: { readonly node: string; readonly source: string },
  nodeOf: (name: string) => JsonObject,
): JsonObject {
  if (spec.limits === undefined) return nodeOf(names.node)
  // What is said inside goes with the node around it, so that one command takes both away.
  return known({
    'node-name': names.node,
    driver: 'throttle',
    'throttle-group': volumeNames(spec.id).throttleGroup,
    file: nodeOf(names.source),
    'read-only': spec.readOnly,
    ...nodeOptions(spec),
  })
}

/** The blocks that a server has, or the disk in the image that it has. */
function servedNode(
  name: string,
  spec: VolumeSpec,
  source: NbdSource,
  preset: PlanPreset,
  drivers: FileDrivers | undefined,
): JsonObject {
  const { detectZeroes: detect, format = 'raw', limits } = spec
  const isImage = isServedImage(spec)
  const blocks = nbdNode(isImage ? serverNode(spec) : name, spec, source, preset)
  if (!isImage) return known({ ...blocks, 'detect-zeroes': detect })
  const { cache } = nodeOptions(spec)
  return known({
    'node-name': limits === undefined ? name : undefined,
    driver: format,
    file: blocks,
    ...keyOptions(spec),
    ...imageOptions(spec),
    ...backingOption(format, spec.backing, { cache, drivers }),
    'read-only': spec.readOnly,
    ...nodeOptions(spec),
    'detect-zeroes': detect,
  })
}

/** https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html, BlockdevOptionsNbd. */
function nbdNode(name: string, spec: VolumeSpec, source: NbdSource, preset: PlanPreset): JsonObject {
  const safe = preset === 'safe'
  return known({
    'node-name': name,
    driver: 'nbd',
    server: socketAddress(source.address),
    export: source.address.export,
    'tls-creds': spec.tls && volumeNames(spec.id).tls,
    'tls-hostname': spec.tls?.hostname,
    'read-only': spec.readOnly,
    'open-timeout': spec.openTimeoutSeconds ?? (safe ? openTimeoutSeconds : undefined),
    'reconnect-delay': spec.reconnectDelaySeconds ?? (safe ? reconnectDelaySeconds : undefined),
    ...nodeOptions(spec),
  })
}

function fileNode(
  name: string,
  spec: VolumeSpec,
  source: FileSource,
  drivers: FileDrivers | undefined,
): JsonObject {
  const readOnly = spec.readOnly
  const format = spec.format ?? formatOfFile(source.path)
  const { cache } = nodeOptions(spec)
  return known({
    'node-name': name,
    driver: format,
    ...keyOptions({ ...spec, format }),
    ...imageOptions(spec),
    file: known({
      ...protocolNode(source, drivers),
      'read-only': readOnly,
      aio: spec.aio,
      ...nodeOptions(spec),
    }),
    ...backingOption(format, spec.backing, { cache, drivers }),
    'read-only': readOnly,
    ...nodeOptions(spec),
    'detect-zeroes': spec.detectZeroes,
  })
}

/** What has to be said to every node of a chain, or it stops at the first one. */
function nodeOptions(spec: VolumeSpec): {
  readonly cache: JsonObject | undefined
  readonly discard: string | undefined
} {
  const flags = spec.cache === undefined ? undefined : cacheFlags(spec.cache)
  return {
    cache: flags === undefined ? undefined : { direct: flags.direct, 'no-flush': flags.noFlush },
    discard: spec.discard,
  }
}

const errorActions = { unsaid: undefined, report: 'report', 'pause-and-resume': 'stop' } as const

/** What an I/O error does. A cache that fails fails the write: the VM stands still until the volume is used without it. */
export function onIoErrorOf({ localCache, onIoError }: Pick<VolumeSpec, 'localCache' | 'onIoError'>) {
  return localCache === undefined ? onIoError : 'pause-and-resume'
}

function disk(spec: VolumeSpec, { bootIndex, preset = 'safe', vcpus }: PlanOptions): JsonObject {
  const names = volumeNames(spec.id)
  const safe = preset === 'safe'
  const bus = portOfSpec(spec)
  const onError = errorActions[onIoErrorOf(spec) ?? 'unsaid']
  const virtio = {
    // Without an address QEMU 7.2 takes a second disk on an occupied port, where no guest sees it.
    addr: safe && bus !== undefined ? '0x0' : undefined,
    'num-queues': spec.numQueues ?? (safe && vcpus !== undefined ? clampQueues(vcpus) : undefined),
    'queue-size': spec.queueSize,
  }
  const isScsi = spec.interface === 'scsi'
  const { addr, ...queues } = isScsi ? {} : virtio
  return known({
    driver: isScsi ? 'scsi-hd' : 'virtio-blk-pci',
    id: names.device,
    drive: names.node,
    iothread: hasOwnThread(spec) ? names.iothread : undefined,
    bus,
    addr,
    bootindex: bootIndex,
    serial: serialOf(spec, preset),
    ...queues,
    ...blockSizeOptions(spec),
    ...deviceOptions(spec, isScsi ? 'scsi' : 'virtio'),
    'write-cache': spec.cache === undefined ? undefined : cacheFlags(spec.cache).writeCache,
    werror: spec.werror ?? onError,
    rerror: spec.rerror ?? onError,
  })
}

// More than 1024 aborts QEMU, https://gitlab.com/qemu-project/qemu/-/blob/v10.0.0/hw/virtio/virtio.c.
function clampQueues(vcpus: number): number {
  return Math.min(Math.max(Math.trunc(vcpus), 1), maxQueues)
}

function known(options: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
