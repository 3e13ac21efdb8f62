import type { QmpClient, QmpSchema } from '../../qmp/index.ts'
import { z } from '../../util/schema.ts'

const machineSchema = z.object({
  name: z.string(),
  /** Another name for it, such as `q35`. */
  alias: z.string().optional(),
  isDefault: z.boolean(),
})

/** What a QEMU binary can do, as plain data that can be kept. */
export const factsSchema = z.object({
  version: z.object({ major: z.int(), minor: z.int(), micro: z.int() }),
  package: z.string(),
  arch: z.string(),
  machines: z.array(machineSchema),
  builtIn: z.array(z.enum(['kvm', 'tcg'])),
  devices: z.array(z.string()),
  /** The options of the command line that have parameters, and those. */
  options: z.record(z.string(), z.array(z.string())),
  features: z.object({
    jsonDevice: z.boolean(),
    nbdOpenTimeout: z.boolean(),
    aioNative: z.boolean(),
    aioIoUring: z.boolean(),
    reconnectMs: z.boolean(),
    runWithUser: z.boolean(),
    runWithChroot: z.boolean(),
    sandbox: z.boolean(),
    iothreadVqMapping: z.boolean(),
    discardNoUnref: z.boolean(),
    vvfat: z.boolean(),
  }),
  /** The properties of the devices that were asked about. */
  properties: z.record(z.string(), z.array(z.string())),
})

export type Facts = z.output<typeof factsSchema>

/** Asks a QEMU that runs without a machine. What it can do is read off its own word for each thing, not off its version. */
export async function askFacts(
  qmp: QmpClient,
): Promise<{ readonly facts: Facts; readonly schema: QmpSchema }> {
  const { qemu, package: build } = qmp.greeting.version
  const [machines, devices, accelerators, target, groups, disk, vvfat, schema] = await Promise.all([
    qmp.execute('query-machines'),
    qmp.execute('qom-list-types', { implements: 'device', abstract: false }),
    qmp.execute('qom-list-types', { implements: 'accel', abstract: false }),
    qmp.execute('query-target'),
    qmp.execute('query-command-line-options'),
    askProperties(qmp, 'virtio-blk-pci'),
    hasVvfat(qmp),
    qmp.schema(),
  ])
  const built = new Set(accelerators.map(({ name }) => name))
  const options = Object.fromEntries(
    groups.map(({ option, parameters }) => [option, parameters.map(({ name }) => name)]),
  )
  const has = (option: string, parameter: string) => options[option]?.includes(parameter) === true
  const facts: Facts = {
    version: { major: qemu.major, minor: qemu.minor, micro: qemu.micro },
    package: build,
    arch: String(target.arch),
    machines: machines.map((machine) => ({
      name: machine.name,
      ...(machine.alias === undefined ? {} : { alias: machine.alias }),
      isDefault: machine['is-default'] === true,
    })),
    builtIn: (['kvm', 'tcg'] as const).filter((name) => built.has(`${name}-accel`)),
    devices: devices.map(({ name }) => name).sort(),
    options,
    features: {
      jsonDevice: schema.feature('device_add', 'json-cli-hotplug'),
      nbdOpenTimeout: schema.has('blockdev-add/arg-type/+nbd/open-timeout'),
      aioNative: schema.has('blockdev-add/arg-type/+file/aio/^native'),
      aioIoUring: schema.has('blockdev-add/arg-type/+file/aio/^io_uring'),
      reconnectMs: has('chardev', 'reconnect-ms'),
      runWithUser: has('run-with', 'user'),
      runWithChroot: has('run-with', 'chroot'),
      sandbox: options.sandbox !== undefined,
      iothreadVqMapping: disk.includes('iothread-vq-mapping'),
      discardNoUnref: schema.has('blockdev-add/arg-type/+qcow2/discard-no-unref'),
      vvfat,
    },
    properties: { 'virtio-blk-pci': disk },
  }
  return { facts, schema }
}

/** Whether it makes FAT disks of folders, which its schema does not tell: it is asked for one of a folder that is not there. */
async function hasVvfat(qmp: QmpClient): Promise<boolean> {
  const disk = { driver: 'vvfat', 'node-name': 'fat', dir: '/dev/null/none', 'read-only': true } as const
  return qmp.execute('blockdev-add', disk).then(
    () => true,
    (error: Error) =>
      !/unknown driver|not whitelisted|invalid parameter|does not accept value/i.test(error.message),
  )
}

/** The properties of a device model; none for a model that this QEMU does not have. */
export async function askProperties(qmp: QmpClient, model: string): Promise<string[]> {
  const found = await qmp.execute('device-list-properties', { typename: model }).catch(() => [])
  return found.map(({ name }) => name).sort()
}
