import { should, shouldHave, strict, text, z } from '../../util/schema.ts'
import { bootFields, driveSchema, maxPorts, qemuId, volumeSpecSchema } from '../../volumes/forms.ts'
import { cloudInitSchema } from './cloud-init.ts'
import { firmwareSchema } from './firmware.ts'
import { macFault } from './nics.ts'
import { logLimitSchema } from './parts/channels.ts'
import { displaySchema } from './parts/display.ts'
import { partKeys } from './parts/parts.ts'
import { socketPath } from './parts/socket-path.ts'
import { profiles } from './profile-names.ts'
import { monitorSchema, processSchema, secretSchema, securitySchema } from './security-schema.ts'

const count = z.int().min(1)
const maxCpus = 4096

const cpusSchema = z.union(
  [
    count.max(maxCpus),
    strict({
      count: count.max(maxCpus),
      sockets: count.optional(),
      cores: count.optional(),
      threads: count.optional(),
      maxCpus: count.max(maxCpus).optional(),
    }),
  ],
  { error: should(`be a number of vCPUs from 1 to ${maxCpus}, or {"count": …, "sockets": …, "cores": …}`) },
)

const port = z.int().min(1).max(65535)

const freePort = should('be a port from 1 to 65535, or 0 for a free one')

const hostForward = strict({
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
  hostAddress: z.ipv4({ error: should('be an IPv4 address') }).optional(),
  hostPort: z
    .int({ error: freePort })
    .min(0, { error: freePort })
    .max(65535, { error: freePort })
    .describe('0: the system chooses a free port'),
  guestAddress: z.ipv4({ error: should('be an IPv4 address') }).optional(),
  guestPort: port,
})

const interfaceName = z
  .string()
  .regex(/^[^\s/:]{1,15}$/, { error: should('be the name of an interface, 1 to 15 characters') })

const nicFields = {
  id: qemuId,
  model: z
    .string()
    .regex(/^[A-Za-z0-9][\w.+-]*$/, { error: should('be the name of a device, such as virtio-net-pci') })
    .default('virtio-net-pci'),
  mac: z
    .string()
    .regex(/^[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}$/, {
      error: should('be six bytes, such as 52:54:00:12:34:56'),
    })
    .superRefine((mac, context) => {
      const fault = macFault(mac)
      if (fault !== undefined)
        context.addIssue({ code: 'custom', message: `${JSON.stringify(mac)} ${fault}` })
    })
    .optional()
    .describe('When absent: 52:54:00:…, made of the names of the VM and the card'),
  mtu: z
    .int()
    .min(68)
    .max(65535)
    .optional()
    .describe('The largest packet, as the guest is told. For virtio cards only'),
  bootIndex: z
    .int()
    .min(0)
    .optional()
    .describe('The place of this card in the boot order, together with the disks'),
  link: z
    .enum(['up', 'down'], { error: should('be up or down') })
    .optional()
    .describe('down: the card has no cable. A launch sets it before the guest begins'),
}

/** A network card of each kind. */
export const nicSchemas = {
  user: strict({ type: z.literal('user'), ...nicFields, hostForwards: z.array(hostForward).default([]) }),
  tap: strict({
    type: z.literal('tap'),
    ...nicFields,
    ifname: interfaceName.optional().describe("The tap interface. With a bridge, QEMU's helper makes it"),
    bridge: interfaceName
      .optional()
      .describe("A bridge of the host. QEMU's helper makes a tap interface in it, without ifname"),
    script: text.optional().describe('A program that sets the interface up; none when absent'),
    downScript: text.optional(),
    vhost: z
      .boolean()
      .optional()
      .describe('The kernel carries the packets. On under KVM if the host has /dev/vhost-net'),
    queues: z
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe('Pairs of queues, one for each vCPU that carries packets. For virtio cards only'),
  }),
}

export const nicSchema = z.discriminatedUnion('type', [nicSchemas.user, nicSchemas.tap], {
  error: shouldHave('type', ['user', 'tap'], 'be {"type": "user", …} or {"type": "tap", …}'),
})

/** A thread of its own for disks. */
export const iothreadSchema = strict({ id: qemuId })

const bootRoles = ['boot', 'cloud-init', 'efi'] as const

/** Where a volume comes from; one of the two. */
const { localCache, serve, uri, ...ofVolume } = volumeSpecSchema.shape
const origin = { uri, serve }

const plugged = 'With it the disk is at a hot-plug port, as that of a data volume'

/** A volume of each role. */
export const volumeSchemas = {
  boot: strict({
    ...{ id: text, ...origin, ...bootFields },
    localCache: localCache.describe(`A write-through cache on a local disk. ${plugged}, and stays`),
    interface: ofVolume.interface.describe('virtio, which is what it is when absent'),
    bus: ofVolume.bus.describe('The hot-plug port of the disk; none when absent. It wins over device'),
    device: ofVolume.device,
    iothread: z.boolean().optional().describe(`false: the main loop does its work. ${plugged}`),
    onIoError: ofVolume.onIoError.describe(
      `pause-and-resume: the VM stops when the server is lost, and runs on when it is back; needs its owner. ${plugged}`,
    ),
    openTimeoutSeconds: ofVolume.openTimeoutSeconds.describe(
      `How long QEMU may wait for the server at its start; 3 unless given. ${plugged}`,
    ),
    removable: z.boolean().optional().describe(`true: the disk may be detached. ${plugged}`),
    latencyHistogram: ofVolume.latencyHistogram,
    role: z.literal('boot').optional().default('boot'),
  }),
  aside: strict({ id: text, ...origin, format: bootFields.format, role: z.enum(['cloud-init', 'efi']) }),
  data: strict({
    ...volumeSpecSchema.shape,
    role: z.literal('data').describe('Attached from the start; it can be detached while the VM runs'),
  }),
}

export const volumeSchema = z.discriminatedUnion(
  'role',
  [volumeSchemas.boot, volumeSchemas.aside, volumeSchemas.data],
  { error: shouldHave('role', [...bootRoles, 'data'], `have a role: ${bootRoles.join(', ')} or data`) },
)

const cpuModel = /^[A-Za-z0-9][\w.+-]*(?:,[+-]?[\w.-]+(?:=[\w.:+-]*)?)*$/
const machineModel = /^[A-Za-z0-9][\w.+-]*(?:,[\w.-]+=[\w.:+-]+)*$/

/** What a VM may be called: always a safe name for a directory too. */
export const vmNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const vmName = should('be 1 to 64 letters, digits, . _ or -, beginning with a letter or digit')

/** What others call the keys of a config. */
const meant = {
  cpuCount: 'cpus',
  cpuModel: 'cpu',
  cpuType: 'cpu',
  devices: 'rawDevices',
  disks: 'drives',
  efi: 'firmware',
  graphics: 'display',
  kvm: 'accelerator',
  enableKvm: 'accelerator',
  mem: 'memoryMiB',
  netdevs: 'rawNetdevs',
  networks: 'nics',
  noGraphic: 'display',
  ram: 'memoryMiB',
  serial: 'console',
  smp: 'cpus',
  tcg: 'accelerator',
  uefi: 'firmware',
  vcpus: 'cpus',
} as const

const maxMemoryMiB = 2 ** 32
const memory = should(`be a number of MiB from 1 to ${maxMemoryMiB}`)

const labelKey = should('be 1 to 63 letters, digits, . _ / or -, beginning with a letter or digit')
const labelValue = should('be a text of 255 characters at most, without control characters')

const labelsSchema = z.record(
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/, { error: labelKey }),
  z.string({ error: labelValue }).regex(/^\P{Cc}{0,255}$/u, { error: labelValue }),
)

const keys = {
  name: z.string({ error: vmName }).regex(vmNamePattern, { error: vmName }).describe('The id of the VM'),
  arch: z.enum(['x86_64', 'aarch64']).default('x86_64'),
  binary: text.optional().describe('The QEMU to run; qemu-system-<arch> when absent'),
  machine: z
    .string()
    .regex(machineModel, { error: should('be a machine type, such as q35, virt or pc-q35-7.2') })
    .optional()
    .describe('q35 or virt when absent; qemu-default writes no -M'),
  accelerator: z
    .enum(['auto', 'kvm', 'tcg', 'qemu-default'])
    .default('auto')
    .describe('auto: kvm where it works, else tcg. qemu-default leaves it to QEMU'),
  cpu: z
    .string()
    .regex(cpuModel, { error: should('be a CPU model with features, such as host or max,+avx2,pmu=off') })
    .optional(),
  hyperV: z
    .boolean({ error: should('be true or false') })
    .optional()
    .describe('Adds to cpu what makes Windows faster under KVM; nothing under TCG'),
  cpus: cpusSchema,
  memoryMiB: z.int({ error: memory }).min(1, { error: memory }).max(maxMemoryMiB, { error: memory }),
  ...partKeys,
  iothreads: z.array(iothreadSchema).default([]),
  drives: z.array(driveSchema).default([]),
  volumes: z
    .array(volumeSchema)
    .default([])
    .describe('Volumes that the VM starts with; the role of each decides its drive'),
  hotplugPorts: z
    .int({ error: should(`be a number of ports from 0 to ${maxPorts}`) })
    .min(0, { error: should(`be a number of ports from 0 to ${maxPorts}`) })
    .max(maxPorts, { error: should(`be a number of ports from 0 to ${maxPorts}`) })
    .optional()
    .describe(
      'How many disks, cards and devices can be attached while the VM runs. A launched VM has 11 unless given. More than 30 share slots',
    ),
  nics: z.array(nicSchema).default([]),
  console: strict({
    socket: socketPath.optional(),
    logFile: text.optional(),
    logLimitKiB: logLimitSchema,
  }).optional(),
  display: displaySchema.default('default'),
  rng: z
    .union([z.boolean(), strict({ source: text })], {
      error: should('be true, false or {"source": "/dev/…"}'),
    })
    .default(false),
  firmware: firmwareSchema.optional(),
  cloudInit: cloudInitSchema.optional().describe('A seed for cloud-init in the guest (NoCloud)'),
  kernel: strict({ image: text, initrd: text.optional(), append: text.optional() }).optional(),
  qmp: z
    .array(monitorSchema(socketPath))
    .default([])
    .describe('More addresses where QEMU listens for QMP: unix sockets, this host, or any address with TLS'),
  security: securitySchema.default({}),
  process: processSchema.default({}),
  secrets: z
    .array(secretSchema)
    .default([])
    .describe('Secret objects: from files, or from texts that are written to no command line and no record'),
  pidFile: text.optional(),
  rawDevices: z.array(text).default([]).describe('Values of -device, written as they are'),
  rawNetdevs: z.array(text).default([]).describe('Values of -netdev, written as they are'),
  profile: z
    .enum(profiles)
    .optional()
    .describe(
      'What the VM is tuned for. It fills keys that you leave out, and render says which. balanced fills none',
    ),
  labels: labelsSchema.default({}).describe('Your own labels for the VM; QEMU does not see them'),
  layout: z.enum(['hive', 'proxmox']).default('hive').describe('The order of the words'),
  extraArgs: z
    .array(z.string())
    .default([])
    .describe('More words for the command line, as they are, at its end'),
}

/** The schema of a native config. */
export const vmConfigSchema = strict(keys, meant)

/** A VM config that was checked: what `parseVmConfig` and `fromHiveConfig` return. */
export type VmConfig = z.output<typeof vmConfigSchema>

/**
 * A VM config as you write it. It needs something to boot from: one of `drives`, one of `volumes`, or a `kernel`. The compiler
 * does not check that.
 */
export type VmConfigInput = z.input<typeof vmConfigSchema>
