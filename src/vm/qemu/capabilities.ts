import { QmpSchema } from '../../qmp/index.ts'
import { within } from '../../util/deadline.ts'
import { parseVmConfig } from '../config/config.ts'
import { VmError } from '../errors.ts'
import { chooseAccelerator } from './accelerator.ts'
import { askWithoutMachine } from './bare-qemu.ts'
import {
  type BinaryKey,
  binaryKey,
  type Kept,
  readEntities,
  readKept,
  writeEntities,
  writeKept,
} from './capability-cache.ts'
import { askFacts, askProperties, type Facts } from './capability-facts.ts'
import { faultOfIoUring } from './io-uring.ts'
import type { Verdict } from './trials.ts'

/** What a QEMU binary can do on this host. */
export interface Capabilities {
  readonly binary: string
  readonly version: { readonly major: number; readonly minor: number; readonly micro: number }
  /** The distributor's name of the build; empty for QEMU's own. */
  readonly package: string
  readonly arch: string
  /** Every name that `-M` takes. */
  readonly machines: readonly string[]
  /** What a name such as `q35` stands for in this QEMU. */
  readonly machineAliases: Readonly<Record<string, string>>
  /** The machine without a `-M`; some QEMUs have none. */
  readonly defaultMachine?: string | undefined
  /** Those that really start a machine here. */
  readonly accelerators: readonly ('kvm' | 'tcg')[]
  /** Why kvm is not among them. */
  readonly kvmFault?: string | undefined
  /** Why disks in files cannot have `aio: "io_uring"` here; undefined when they can. */
  readonly ioUringFault?: string | undefined
  readonly devices: readonly string[]
  /** What came with a later version than 7.2, or can be left out of a build. */
  readonly features: Readonly<Facts['features']>
  /** Answers for commands, events and their members, see `QmpSchema.has`. */
  readonly schema: QmpSchema
}

export interface ProbeOptions {
  readonly signal?: AbortSignal | undefined
  /** Ask the binary although its answers are kept. */
  readonly fresh?: boolean | undefined
}

/**
 * Asks a QEMU binary what it can do, and tries KVM by starting a machine. It asks once for each binary, kernel and CPU, and keeps
 * the answers below `$XDG_CACHE_HOME/qemu-launch`, or `~/.cache/qemu-launch`.
 * @throws VmError VM_LAUNCH with the binary's own words when it cannot be asked, and with the module that crashes it; VM_ABORTED
 *   on abort.
 */
export async function probeCapabilities(
  binary = 'qemu-system-x86_64',
  options: ProbeOptions = {},
): Promise<Capabilities> {
  const key = binaryKey(binary)
  const entities = key === undefined || options.fresh === true ? undefined : await readEntities(key)
  const kept = entities === undefined ? undefined : await remembered(key)
  const { facts, ioUringFault, kvmFault, schema } =
    entities === undefined || kept === undefined
      ? await probe(binary, key, options.signal)
      : { ...kept, schema: new QmpSchema(entities as ConstructorParameters<typeof QmpSchema>[0]) }
  const { builtIn, machines, options: _options, properties: _properties, ...found } = facts
  return {
    binary,
    ...found,
    machines: machines.flatMap(({ name, alias }) => [name, ...(alias === undefined ? [] : [alias])]).sort(),
    machineAliases: Object.fromEntries(
      machines.flatMap(({ name, alias }) => (alias === undefined ? [] : [[alias, name]])),
    ),
    defaultMachine: machines.find(({ isDefault }) => isDefault)?.name,
    accelerators: builtIn.filter((name) => name === 'tcg' || kvmFault === undefined),
    kvmFault,
    ioUringFault,
    schema,
  }
}

/**
 * Returns the names of a device's properties in a binary, and an empty list if the binary has no such device. The answer is kept,
 * as that of `probeCapabilities`.
 * @throws as `probeCapabilities` does.
 */
export async function deviceProperties(
  binary: string,
  model: string,
  options: ProbeOptions = {},
): Promise<readonly string[]> {
  const kept = await factsOf(binary, options)
  const known = kept.facts.properties[model]
  if (known !== undefined) return known
  const found = await askWithoutMachine(binary, (qmp) => askProperties(qmp, model), options.signal)
  const key = binaryKey(binary)
  // A device that is not there may come with a package.
  if (key !== undefined && found.length > 0) {
    kept.facts.properties[model] = found
    await writeKept(key, kept)
  }
  return found
}

/** What is known of a binary, with a probe only when nothing is. `fromCache` answers may be older than its modules. */
export async function factsOf(
  binary: string,
  { signal, fresh = false }: ProbeOptions = {},
): Promise<Kept & { readonly fromCache: boolean }> {
  const key = binaryKey(binary)
  const kept = fresh ? undefined : await remembered(key)
  if (kept !== undefined) return { ...kept, fromCache: true }
  return { ...(await probe(binary, key, signal)), fromCache: false }
}

const probeTimeoutMs = 15_000
const memory = new Map<string, Kept>()

async function remembered(key: BinaryKey | undefined): Promise<Kept | undefined> {
  if (key === undefined) return undefined
  const known = memory.get(key.key) ?? (await readKept(key))
  if (known !== undefined) memory.set(key.key, known)
  return known
}

type Probed = Kept & { readonly schema: QmpSchema }
const probes = new Map<string, Promise<Probed>>()

/** One run of QEMU for all who ask at the same time; who is aborted leaves it to the others. */
async function probe(
  binary: string,
  key: BinaryKey | undefined,
  signal: AbortSignal | undefined,
): Promise<Probed> {
  const name = key?.key ?? binary
  const running = probes.get(name) ?? run(binary, key).finally(() => probes.delete(name))
  probes.set(name, running)
  return within(
    running,
    { timeoutMs: probeTimeoutMs, signal },
    {
      onTimeout: () =>
        new VmError('VM_LAUNCH', `${binary} did not say what it can do within ${probeTimeoutMs} ms`),
      onAbort: (reason) => new VmError('VM_ABORTED', `asking ${binary} was aborted`, { cause: reason }),
    },
  )
}

async function run(binary: string, key: BinaryKey | undefined): Promise<Probed> {
  const { facts, ioUringFault, schema } = await askWithoutMachine(binary, async (qmp) => {
    const asked = await askFacts(qmp)
    return { ...asked, ioUringFault: await faultOfIoUring(qmp) }
  })
  const { fault, passing } = await faultOfKvm(binary, facts)
  const kept = { facts, kvmFault: fault, ioUringFault }
  if (key !== undefined) {
    memory.set(key.key, kept)
    await Promise.all([...(passing ? [] : [writeKept(key, kept)]), writeEntities(key, schema.entities)])
  }
  return { ...kept, schema }
}

async function faultOfKvm(binary: string, { arch, builtIn }: Facts): Promise<Verdict> {
  if (!builtIn.includes('kvm')) return { fault: 'this QEMU is built without KVM' }
  if (arch !== 'x86_64' && arch !== 'aarch64') return { fault: `guests of ${arch} are not known here` }
  const config = {
    name: 'probe',
    arch,
    binary,
    cpu: 'host',
    cpus: 1,
    memoryMiB: 64,
    kernel: { image: 'none' },
  } as const
  const { passing, warning } = await chooseAccelerator(parseVmConfig(config))
  return { fault: warning, passing }
}
