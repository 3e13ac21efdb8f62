import type { Fault } from '../../errors.ts'
import { type Checked, check, salvage, should, show, strict, z } from '../../util/schema.ts'
import { isNbdUri } from '../../volumes/forms.ts'
import { VmConfigError } from '../errors.ts'
import { checkVmConfig } from './config.ts'
import type { VmConfig } from './schema.ts'

// Go writes an absent text as "", an absent number as 0 and an absent list as null.
const words = z.string().nullish()
const flag = z.boolean().nullish()
const count = (text: string) => z.int({ error: should(text) }).nullish()
const hiveValue = strict({ value: z.string() })
const hiveThread = strict({ id: z.string() })
const values = z.array(hiveValue).nullish()

const hiveDrive = strict({
  file: words,
  format: words,
  if: words,
  media: words,
  id: words,
  cache: words,
})

const hiveSchema = strict({
  name: words,
  pid_file: words,
  qmp_socket: words,
  enable_kvm: flag,
  no_graphic: flag,
  machine_type: words,
  console_log_path: words,
  serial_socket: words,
  cpu_type: words,
  cpu_count: count('be a number of vCPUs'),
  memory: count('be a number of MiB'),
  drives: z.array(hiveDrive).nullish(),
  io_threads: z.array(hiveThread).nullish(),
  devices: values,
  net_devs: values,
  architecture: words,
  // Known, and without a word of their own.
  daemonize: flag,
  serial: words,
  instance_type: words,
})

type HiveConfig = z.output<typeof hiveSchema>

/** Hive's own JSON, recognised by its `cpu_count`. */
export type HiveConfigInput = z.input<typeof hiveSchema> & { readonly cpu_count: number | null }

/** Whether a document is Hive's own: it counts CPUs in `cpu_count`. */
export function isHiveConfig(input: unknown): boolean {
  return typeof input === 'object' && input !== null && Object.hasOwn(input, 'cpu_count')
}

/**
 * The VM config a document means, native or Hive's. Throws VM_CONFIG with every fault at once; a document that is not
 * right as a native one, and has Hive's words, is told how Hive's form is recognised.
 */
export function parseConfigDocument(input: unknown): VmConfig {
  if (isHiveConfig(input)) return fromHiveConfig(input)
  const checked = checkVmConfig(input)
  if (checked.ok) return checked.value
  const words = hiveWordsIn(input)
  if (words.length === 0) throw new VmConfigError(checked.faults)
  const message = `is missing if this is Hive's form, which is told by it: ${words.join(', ')} ${words.length === 1 ? 'is one' : 'are'} of Hive's keys`
  throw new VmConfigError([{ path: 'cpu_count', message }, ...checked.faults])
}

/** Keys that nobody writes but who means Hive's form. */
function hiveWordsIn(input: unknown): string[] {
  if (typeof input !== 'object' || input === null) return []
  return Object.keys(hiveSchema.shape).filter((key) => key.includes('_') && Object.hasOwn(input, key))
}

/**
 * The VM config that Hive's JSON means. `devices` and `net_devs` stay as they are; `enable_kvm` means `auto`.
 * Throws VM_CONFIG with every fault at once, each with its path in Hive's document.
 */
export function fromHiveConfig(input: unknown): VmConfig {
  const checked = checkHive(input)
  if (!checked.ok) throw new VmConfigError(checked.faults)
  return checked.value
}

function checkHive(input: unknown): Checked<VmConfig> {
  const hive = check(hiveSchema, input)
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { ok: false, faults: hive.ok ? [] : hive.faults }
  }
  const native = checkVmConfig(toNative(readSound(input)))
  if (hive.ok && native.ok && required(input).length === 0) return native
  const faults = new Map<string, Fault[]>()
  const translated = native.ok ? [] : native.faults.map(inHiveWords)
  for (const source of [hive.ok ? [] : hive.faults, required(input), translated]) {
    // Who comes first has the better words: what one check said of a path, the next ones do not say again.
    const taken = new Set(faults.keys())
    for (const fault of source) {
      if (!taken.has(fault.path)) faults.set(fault.path, [...(faults.get(fault.path) ?? []), fault])
    }
  }
  return { ok: false, faults: [...faults.values()].flat() }
}

/** The valid parts of a Hive config, item by item. */
interface SoundHive extends Omit<Partial<HiveConfig>, 'drives' | 'io_threads' | 'devices' | 'net_devs'> {
  readonly drives: readonly Partial<z.output<typeof hiveDrive>>[]
  readonly io_threads: readonly { id?: string }[]
  readonly devices: readonly { value?: string }[]
  readonly net_devs: readonly { value?: string }[]
}

function readSound(input: object): SoundHive {
  const hive: Readonly<Record<string, unknown>> = { ...input }
  const each = <S extends z.ZodObject>(schema: S, key: string) => {
    const items = hive[key]
    return Array.isArray(items) ? items.map((item: unknown) => salvage(schema, item)) : []
  }
  return {
    ...salvage(hiveSchema, input),
    drives: each(hiveDrive, 'drives'),
    io_threads: each(hiveThread, 'io_threads'),
    devices: each(hiveValue, 'devices'),
    net_devs: each(hiveValue, 'net_devs'),
  }
}

/** What Hive itself asks for, in its order. */
function required(input: object): Fault[] {
  const hive: Readonly<Record<string, unknown>> = { ...input }
  const faults: Fault[] = []
  const add = (path: string, message: string) => {
    const value = hive[path]
    faults.push({ path, message, ...(value === undefined ? {} : { value }) })
  }
  const positive = (value: unknown) => typeof value === 'number' && value > 0
  if (!positive(hive.cpu_count)) add('cpu_count', 'cpu count is required: should be 1 or more')
  if (!positive(hive.memory)) add('memory', 'memory is required: should be a number of MiB')
  if (!Array.isArray(hive.drives) || hive.drives.length === 0) add('drives', 'at least one drive is required')
  for (const [index, drive] of (Array.isArray(hive.drives) ? hive.drives : []).entries()) {
    if (isWithoutFile(drive)) {
      faults.push({ path: `drives[${index}].file`, message: 'is missing: every drive needs a file' })
    }
  }
  if (!isArchitecture(hive.architecture)) {
    const found =
      hive.architecture === undefined || hive.architecture === ''
        ? 'is missing'
        : `${show(hive.architecture)} is not known`
    add('architecture', `architecture ${found}: should be x86_64 or arm64`)
  }
  return faults
}

function isWithoutFile(drive: unknown): boolean {
  if (typeof drive !== 'object' || drive === null) return false
  const file: unknown = Reflect.get(drive, 'file')
  return file === undefined || file === null || file === ''
}

const architectures: Readonly<Record<string, VmConfig['arch']>> = {
  x86_64: 'x86_64',
  amd64: 'x86_64',
  arm64: 'aarch64',
  aarch64: 'aarch64',
  arm: 'aarch64',
}

function isArchitecture(value: unknown): boolean {
  return typeof value === 'string' && Object.hasOwn(architectures, value)
}

/** Leaves out what is absent in Go's sense. */
function present(fields: Readonly<Record<string, string | null | undefined>>): object {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  )
}

function toNative(hive: SoundHive): object {
  const { serial_socket: socket, console_log_path: logFile } = hive
  return {
    name: 'vm',
    machine: 'qemu-default',
    ...present({
      name: hive.name,
      arch: architectures[hive.architecture ?? ''],
      machine: hive.machine_type,
      cpu: hive.cpu_type,
      pidFile: hive.pid_file,
    }),
    cpus: hive.cpu_count,
    memoryMiB: hive.memory,
    accelerator: hive.enable_kvm === true ? 'auto' : 'qemu-default',
    display: hive.no_graphic === true ? 'none' : 'default',
    qmp: hive.qmp_socket ? [{ path: hive.qmp_socket }] : [],
    ...(socket && logFile ? { console: { socket, logFile } } : {}),
    iothreads: hive.io_threads,
    drives: hive.drives.map(toDrive),
    rawDevices: hive.devices.map(({ value }) => value),
    rawNetdevs: hive.net_devs.map(({ value }) => value),
  }
}

function toDrive(drive: SoundHive['drives'][number]): object {
  const file = drive.file ?? ''
  return {
    ...present({ id: drive.id, format: drive.format, media: drive.media, cache: drive.cache }),
    source: isNbdUri(file) ? { type: 'nbd', uri: file } : { type: 'file', path: file },
    interface: drive.if ? drive.if : 'qemu-default',
    device: false,
  }
}

const hiveNames: readonly (readonly [RegExp, string])[] = [
  [/^drives\[(\d+)\]\.source\.\w+/, 'drives[$1].file'],
  [/^drives\[(\d+)\]\.interface/, 'drives[$1].if'],
  [/^cpus\b/, 'cpu_count'],
  [/^memoryMiB\b/, 'memory'],
  [/^machine\b/, 'machine_type'],
  [/^cpu\b/, 'cpu_type'],
  [/^pidFile\b/, 'pid_file'],
  [/^qmp\[0\]\.path/, 'qmp_socket'],
  [/^console\.socket/, 'serial_socket'],
  [/^console\.logFile/, 'console_log_path'],
  [/^iothreads\b/, 'io_threads'],
  [/^rawDevices(\[\d+\])/, 'devices$1.value'],
  [/^rawNetdevs(\[\d+\])/, 'net_devs$1.value'],
]

/** A fault of the native config, in the words of the document. */
function inHiveWords(fault: Fault): Fault {
  const [form, name] = hiveNames.find(([pattern]) => pattern.test(fault.path)) ?? []
  const path = form === undefined || name === undefined ? fault.path : fault.path.replace(form, name)
  const message = fault.message
    .replaceAll(/\brawDevices(\[\d+\])/g, 'devices$1.value')
    .replaceAll(/\brawNetdevs(\[\d+\])/g, 'net_devs$1.value')
    .replaceAll(/\biothreads(?=\[)/g, 'io_threads')
  return { ...fault, path, message }
}
