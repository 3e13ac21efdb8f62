import type { JsonValue } from '../../qmp/index.ts'
import { attachCommands, volumeNames } from '../../volumes/index.ts'
import { dataVolumesOf } from '../config/data-volumes.ts'
import { readKeyval } from '../config/keyval.ts'
import { liveIn } from './attachments.ts'
import { backupNames, unendedBackups } from './backups.ts'
import type { DeviceAttachment, LiveAttachment, VmRecord } from './state.ts'

/** A difference between QEMU and the record of the VM. */
export interface Discrepancy {
  readonly kind: 'device' | 'node' | 'iothread' | 'tls-creds'
  readonly id: string
  /** `unrecorded`: QEMU has it, the record does not; `missing`: the other way round; `elsewhere`: it sits at another port. */
  readonly how: 'unrecorded' | 'missing' | 'elsewhere'
}

/** What a QEMU has, of what can come and go. */
export interface QemuContents {
  /** Devices with an id, and the bus each sits on. */
  readonly devices: ReadonlyMap<string, string | undefined>
  /** Block nodes; those that QEMU named itself do not count. */
  readonly nodes: readonly string[]
  readonly iothreads: readonly string[]
  /** Credentials for TLS. */
  readonly tlsCreds: readonly string[]
}

/** The devices of what is attached, by the names that QEMU has for them. Pure. */
export function attachedDevices(record: Pick<VmRecord, 'attachments'>): string[] {
  return liveIn(record).map(({ id, kind }) => (kind === 'volume' ? volumeNames(id).device : id))
}

/** How a QEMU differs from its VM's record. What an attach or detach under way has touched may be there or not. Pure. */
export function compareWithRecord(record: VmRecord, found: QemuContents): Discrepancy[] {
  const started = startedWith(record)
  const volumes = liveIn(record).map((entry) => ({ entry, has: namesOf(entry, record.vcpus) }))
  const kinds = [
    ['device', [...found.devices.keys()], 'devices'],
    ['node', found.nodes.filter((name) => !name.startsWith('#')), 'nodes'],
    ['iothread', found.iothreads, 'iothreads'],
    ['tls-creds', found.tlsCreds, 'tlsCreds'],
  ] as const
  const different = kinds.flatMap(([kind, present, key]) => {
    const ofBackups =
      key === 'nodes'
        ? unendedBackups(record).flatMap(({ bitmap }) => Object.values(backupNames(bitmap)))
        : []
    const known = new Set([...started[key], ...ofBackups, ...volumes.flatMap(({ has }) => has[key])])
    const expected = [
      ...started[key],
      ...volumes.flatMap(({ entry, has }) => (entry.phase === 'attached' ? has[key] : [])),
    ]
    return [
      ...present.filter((id) => !known.has(id)).map((id): Discrepancy => ({ kind, id, how: 'unrecorded' })),
      ...expected
        .filter((id) => !present.includes(id))
        .map((id): Discrepancy => ({ kind, id, how: 'missing' })),
    ]
  })
  const moved = volumes.flatMap(({ entry: { port }, has }) =>
    has.devices
      .filter((id) => port !== undefined && (found.devices.get(id) ?? port) !== port)
      .map((id): Discrepancy => ({ kind: 'device', id, how: 'elsewhere' })),
  )
  return [...different, ...moved]
}

/** The device of a vCPU that has come while the VM runs, counted from 0. */
export const vcpuId = (index: number) => `vcpu-${index}`

/** The ids of the devices that the record says QEMU has. */
export function deviceIds(record: VmRecord): string[] {
  return [...startedWith(record).devices, ...attachedDevices(record)]
}

type Names = Readonly<Record<'devices' | 'nodes' | 'iothreads' | 'tlsCreds', readonly string[]>>

/** What the command line gives an id, without data volumes, which may have been detached since; and the vCPUs that have come. */
function startedWith({ argv, config, vcpus }: VmRecord): Names {
  const data = new Set(dataVolumesOf(config).flatMap(({ id }) => Object.values(volumeNames(id))))
  const values = (option: string) =>
    argv.flatMap((word, index) => (argv[index - 1] === option ? [readKeyval(word)] : []))
  const named = (option: string, key: string) =>
    values(option)
      .flatMap(({ options }) => options.get(key) ?? [])
      .filter((id) => !data.has(id))
  const objects = (isKind: (type: string) => boolean) =>
    values('-object')
      .flatMap(({ head, options }) =>
        isKind(options.get('qom-type') ?? head) ? (options.get('id') ?? []) : [],
      )
      .filter((id) => !data.has(id))
  const [smp] = values('-smp')
  const atStart = Number(smp?.options.get('cpus') ?? smp?.head ?? vcpus)
  const added = Array.from({ length: Math.max(vcpus - atStart, 0) }, (_, index) => vcpuId(index))
  return {
    devices: [...named('-device', 'id'), ...added],
    nodes: [...named('-blockdev', 'node-name'), ...named('-drive', 'node-name')],
    iothreads: objects((type) => type === 'iothread'),
    tlsCreds: objects(isTlsCreds),
  }
}

/** Whether objects of this type are credentials for TLS. */
export function isTlsCreds(type: string): boolean {
  return type.startsWith('tls-creds-')
}

function namesOf(attachment: LiveAttachment, vcpus: number): Names {
  if (attachment.kind === 'nic') return { devices: [attachment.id], nodes: [], iothreads: [], tlsCreds: [] }
  if (attachment.kind === 'device') return namesOfDevice(attachment)
  const { phase, spec, port, preset, uncached } = attachment
  const { fence, spare } = volumeNames(spec.id)
  const plan = attachCommands({ ...spec, bus: port }, { preset, vcpus })
  const of = (execute: string) =>
    plan.filter((command) => command.execute === execute).map((command) => command.arguments)
  const ids = (list: readonly { readonly [key: string]: JsonValue | undefined }[]) =>
    list.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
  const objects = (isKind: (type: string) => boolean) =>
    ids(of('object-add').filter((object) => isKind(String(object['qom-type']))))
  return {
    devices: ids(of('device_add')),
    nodes: [
      ...of('blockdev-add')
        .filter((node) => uncached !== true || node['node-name'] === spare)
        .flatMap((node) => nodeNames(node)),
      // A forced detach is under way.
      ...(phase === 'detaching' || phase === 'removing' ? [fence] : []),
    ],
    iothreads: objects((type) => type === 'iothread'),
    tlsCreds: objects(isTlsCreds),
  }
}

function namesOfDevice({ id, spec: { objects = [] } }: DeviceAttachment): Names {
  const of = (isKind: (type: string) => boolean) =>
    objects.filter((object) => isKind(object['qom-type'])).map((object) => object.id)
  return {
    devices: [id],
    nodes: [],
    iothreads: of((type) => type === 'iothread'),
    tlsCreds: of(isTlsCreds),
  }
}

/** The names of a node and of those below it. */
function nodeNames(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const own = 'node-name' in node && typeof node['node-name'] === 'string' ? [node['node-name']] : []
  return [...own, ...Object.values(node).flatMap(nodeNames)]
}
