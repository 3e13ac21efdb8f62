import type { QmpClient, QmpSchema } from '../qmp/index.ts'
import { chooseAccelerator } from './accelerator.ts'
import { askQemu } from './bare-qemu.ts'
import { parseVmConfig } from './config.ts'

/** What a QEMU binary can do on this host. */
export interface Capabilities {
  readonly binary: string
  readonly version: { readonly major: number; readonly minor: number; readonly micro: number }
  /** The distributor's name of the build; empty for QEMU's own. */
  readonly package: string
  readonly arch: string
  readonly machines: readonly string[]
  /** Those that really start a machine here. */
  readonly accelerators: readonly ('kvm' | 'tcg')[]
  /** Why kvm is not among them. */
  readonly kvmFault?: string | undefined
  readonly devices: readonly string[]
  /** Answers for commands, events and their members, see `QmpSchema.has`. */
  readonly schema: QmpSchema
}

/**
 * Asks a QEMU binary what it can do, by starting it without a machine, and KVM by starting one with.
 * @throws VmError VM_LAUNCH with the binary's own words when it cannot be asked.
 */
export async function probeCapabilities(
  binary = 'qemu-system-x86_64',
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Capabilities> {
  const { builtIn, ...found } = await askQemu(binary, ['-machine', 'none', '-S'], ask, options.signal)
  const kvmFault = await faultOfKvm(binary, found.arch, options.signal)
  const accelerators = builtIn.filter((name) => name === 'tcg' || kvmFault === undefined)
  return { binary, ...found, accelerators, kvmFault }
}

async function ask(qmp: QmpClient) {
  const { qemu, package: build } = qmp.greeting.version
  const [machines, devices, accelerators, target, schema] = await Promise.all([
    qmp.execute('query-machines'),
    qmp.execute('qom-list-types', { implements: 'device', abstract: false }),
    qmp.execute('qom-list-types', { implements: 'accel', abstract: false }),
    qmp.execute('query-target'),
    qmp.schema(),
  ])
  const names = new Set(accelerators.map(({ name }) => name))
  return {
    version: qemu,
    package: build,
    arch: String(target.arch),
    machines: machines.flatMap(({ name, alias }) => (alias === undefined ? [name] : [name, alias])).sort(),
    devices: devices.map(({ name }) => name).sort(),
    builtIn: (['kvm', 'tcg'] as const).filter((name) => names.has(`${name}-accel`)),
    schema,
  }
}

async function faultOfKvm(
  binary: string,
  arch: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (arch !== 'x86_64' && arch !== 'aarch64') return `guests of ${arch} are not known here`
  const config = {
    name: 'probe',
    arch,
    binary,
    cpu: 'host',
    cpus: 1,
    memoryMiB: 64,
    kernel: { image: 'none' },
  } as const
  const { warning } = await chooseAccelerator(parseVmConfig(config), signal)
  return warning
}
