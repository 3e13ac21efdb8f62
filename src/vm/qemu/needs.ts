import type { Fault } from '../../errors.ts'
import { diskBus, isVhostUser } from '../../volumes/forms.ts'
import { readKeyval } from '../config/keyval.ts'
import { tpmDevice } from '../config/parts/helpers.ts'
import type { ResolvedVm } from '../config/resolve.ts'
import type { VmConfig } from '../config/schema.ts'
import type { Facts } from './capability-facts.ts'

type Feature = keyof Facts['features']

/** Something a config asks for that not every QEMU has. */
export type Need = { readonly path: string; readonly name: string } & (
  | { readonly kind: 'machine' | 'accelerator' | 'device' }
  | { readonly kind: 'feature'; readonly feature: Feature; readonly since?: string }
  | { readonly kind: 'property'; readonly device: string }
  | { readonly kind: 'option'; readonly parameter: string }
)

/** Every QEMU that is built for guests of this kind has these; what else is asked for has to be looked for. */
const everywhere: Readonly<Record<VmConfig['arch'], readonly string[]>> = {
  x86_64: ['q35', 'pc'],
  aarch64: ['virt'],
}
const commonDevices: ReadonlySet<string> = new Set(
  (
    'virtio-blk-pci virtio-net-pci virtio-rng-pci virtio-scsi-pci virtio-serial-pci virtserialport ' +
    'pcie-root-port pcie-pci-bridge scsi-hd scsi-cd ide-hd ide-cd VGA e1000 e1000e'
  ).split(' '),
)

/** What came later than QEMU 7.2, with the version it came with. */
const laterProperties: ReadonlyMap<string, string> = new Map([['iothread-vq-mapping', '9.0']])
const laterOptions: ReadonlyMap<string, string> = new Map([
  ['-run-with chroot', '8.1'],
  ['-run-with user', '9.1'],
])
const laterDevices: ReadonlyMap<string, string> = new Map([
  ['igb', '8.0'],
  ['ufs', '8.2'],
  ['virtio-sound-pci', '8.2'],
])

/** What a VM asks for that its QEMU might not have; nothing for what every QEMU has. Pure. */
export function needsOf(vm: ResolvedVm, asked: VmConfig['accelerator']): Need[] {
  const [machine = ''] = (vm.machine ?? '').split(',')
  return [
    ...(machine === '' || everywhere[vm.arch].includes(machine)
      ? []
      : [{ path: 'machine', kind: 'machine' as const, name: machine }]),
    ...(asked === 'kvm' ? [{ path: 'accelerator', kind: 'accelerator' as const, name: 'kvm' }] : []),
    ...vm.drives.flatMap((drive, index) => diskFeatures(`drives[${index}]`, drive)),
    ...vm.dataVolumes.flatMap((volume) => diskFeatures(`volume ${volume.id}`, volume)),
    ...vm.drives.flatMap(({ iothreads }, index) =>
      iothreads === undefined
        ? []
        : [
            {
              path: `drives[${index}].iothreads`,
              kind: 'property' as const,
              device: 'virtio-blk-pci',
              name: 'iothread-vq-mapping',
            },
          ],
    ),
    ...vm.nics.flatMap(({ model }, index) => device(`nics[${index}].model`, model)),
    ...partDevices(vm),
    ...vm.rawDevices.flatMap((value, index) => rawDevice(`rawDevices[${index}]`, value)),
    ...vm.extraArgs.flatMap((word, index) =>
      option(`extraArgs[${index}]`, word, vm.extraArgs[index + 1] ?? ''),
    ),
  ]
}

/** What a disk asks for that came later, or is left out of some builds. */
function diskFeatures(
  path: string,
  { aio, discardNoUnref }: Pick<ResolvedVm['drives'][number], 'aio' | 'discardNoUnref'>,
): Need[] {
  const engine = aio === 'native' ? 'aioNative' : 'aioIoUring'
  return [
    ...(aio === undefined || aio === 'threads'
      ? []
      : [{ path: `${path}.aio`, kind: 'feature' as const, name: `aio ${aio}`, feature: engine } as const]),
    ...(discardNoUnref === undefined
      ? []
      : [
          {
            path: `${path}.discardNoUnref`,
            kind: 'feature' as const,
            name: 'discard-no-unref of qcow2',
            feature: 'discardNoUnref' as const,
            since: '8.1',
          },
        ]),
  ]
}

/** Devices that some builds leave out. */
function partDevices({ arch, drives, parts }: ResolvedVm): Need[] {
  const {
    audio,
    memory,
    passthrough,
    sharedMemory = [],
    shares = [],
    tpm,
    usb,
    video,
    vsock,
    watchdog,
  } = parts
  const asked: readonly (readonly [key: string, name: string, isAsked: boolean])[] = [
    ['memory.balloon', 'virtio-balloon-pci', Boolean(memory?.balloon)],
    ['memory.maxMiB', 'virtio-mem-pci', memory?.maxMiB !== undefined],
    ['passthrough', 'vfio-pci', passthrough.length > 0],
    ['shares', 'vhost-user-fs-pci', shares.length > 0],
    ['tpm', tpmDevice(arch), Boolean(tpm)],
    ['usb', 'qemu-xhci', Boolean(usb)],
    ['usb.redirections', 'usb-redir', typeof usb === 'object' && usb.redirections !== undefined],
    ['video', video ?? '', video !== undefined],
    ['audio', 'ich9-intel-hda', Boolean(audio)],
    ['sharedMemory', 'ivshmem-plain', sharedMemory.length > 0],
    ['drives', 'vhost-user-blk-pci', drives.some(isVhostUser)],
    ['drives', 'usb-storage', drives.some((drive) => diskBus(drive) === 'usb')],
    ...(['transitional', 'non-transitional'] as const).map(
      (model) =>
        [
          'drives',
          `virtio-blk-pci-${model}`,
          drives.some(({ virtioModel }) => virtioModel === model),
        ] as const,
    ),
    ['vsock', 'vhost-vsock-pci', vsock !== undefined],
    ['watchdog', 'i6300esb', Boolean(watchdog)],
  ]
  return asked.flatMap(([key, name, isAsked]) => (isAsked ? device(key, name) : []))
}

function device(path: string, name: string): Need[] {
  return commonDevices.has(name) ? [] : [{ path, kind: 'device', name }]
}

function rawDevice(path: string, value: string): Need[] {
  const { head, options } = readKeyval(value)
  if (head === '') return []
  const late = [...options.keys()].filter((name) => laterProperties.has(name))
  return [
    ...device(path, head),
    ...late.map((name) => ({ path, kind: 'property' as const, device: head, name })),
  ]
}

function option(path: string, word: string, value: string): Need[] {
  const name = word.replace(/^--/, '-')
  if (name !== '-run-with') return []
  const parameters = [...readKeyval(`,${value}`).options.keys()]
  return parameters.map((parameter) => ({ path, kind: 'option', name, parameter }))
}

const kept = '; a VM that has run keeps its machine until its config names another'

/** The devices whose own properties have to be known to judge these needs. */
export function devicesToAsk(needs: readonly Need[]): string[] {
  return [...new Set(needs.flatMap((need) => (need.kind === 'property' ? [need.device] : [])))]
}

/** What this QEMU does not have of what is needed, each with the version that has it where that is known. Pure. */
export function lacking(needs: readonly Need[], facts: Facts): Fault[] {
  return needs
    .filter((need) => !has(need, facts))
    .map((need) => {
      const { what, since } = describe(need)
      const where =
        since !== undefined && isOlder(facts, since)
          ? `in this QEMU: it came with ${since}`
          : 'in this build of QEMU'
      return {
        path: need.path,
        message: `${what} is not ${where}${need.kind === 'machine' ? kept : ''}`,
        value: need.name,
      }
    })
}

function isOlder({ version: { major, minor } }: Facts, from: string): boolean {
  const [wantedMajor = 0, wantedMinor = 0] = from.split('.').map(Number)
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}

function describe(need: Need): { readonly what: string; readonly since?: string | undefined } {
  const { kind, name } = need
  switch (kind) {
    case 'machine':
      return { what: `the machine ${name}`, since: /-(\d+\.\d+)$/.exec(name)?.[1] }
    case 'accelerator':
      return { what: `the accelerator ${name}` }
    case 'device':
      return { what: `the device ${name}`, since: laterDevices.get(name) }
    case 'feature':
      return { what: name, since: need.since }
    case 'property':
      return { what: `${name} of ${need.device}`, since: laterProperties.get(name) }
    case 'option':
      return { what: `${name} ${need.parameter}=`, since: laterOptions.get(`${name} ${need.parameter}`) }
    default:
      return need satisfies never
  }
}

function has(need: Need, facts: Facts): boolean {
  switch (need.kind) {
    case 'machine':
      return facts.machines.some(({ name, alias }) => name === need.name || alias === need.name)
    case 'accelerator':
      return facts.builtIn.some((name) => name === need.name)
    case 'device':
      return hasDevice(facts, need.name)
    case 'feature':
      return facts.features[need.feature]
    case 'property':
      return facts.properties[need.device]?.includes(need.name) === true
    case 'option':
      return facts.options[need.name.slice(1)]?.includes(need.parameter) === true
    default:
      return need satisfies never
  }
}

/** `-device` takes a few models by another name, which QEMU lists nowhere. */
const deviceAliases: Readonly<Record<string, string>> = {
  'e1000-82540em': 'e1000',
  ahci: 'ich9-ahci',
  lsi: 'lsi53c895a',
  ac97: 'AC97',
  es1370: 'ES1370',
}

function hasDevice({ devices }: Facts, name: string): boolean {
  return [name, deviceAliases[name], `${name}-pci`, `${name}-device`, `${name}-ccw`].some(
    (candidate) => candidate !== undefined && devices.includes(candidate),
  )
}
