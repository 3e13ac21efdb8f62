import { type Fault, QemuLaunchError } from '../../errors.ts'
import { show } from '../../util/schema.ts'
import { driveFaults, portsForSlots, slotsForPorts } from '../../volumes/forms.ts'
import { placeVolumes, pluggedBy, unpluggedKeys } from './data-volumes.ts'
import { busOf, interfaceFaults, scsiControllers } from './disk-buses.ts'
import { firmwareFaults } from './firmware.ts'
import { deviceSlots } from './machine.ts'
import { nicFaults } from './nics.ts'
import { openMonitorFaults } from './open-monitors.ts'
import { displayFaults } from './parts/display.ts'
import { partFaults } from './parts/faults.ts'
import { partWords } from './parts/parts.ts'
import { pinningFaults } from './parts/pinning.ts'
import { processorFaults } from './processor.ts'
import { repeats, sockets } from './repeats.ts'
import { reservedWordFaults } from './reserved-words.ts'
import { sandboxFaults } from './sandbox.ts'
import { machineIn, readSound, type Sound } from './sound.ts'

/**
 * The faults between the keys of a config: names that point nowhere or are used twice, numbers that do not fit together.
 * It judges what is sound in the document, so it can run on a document that has other faults.
 */
export function ruleFaults(input: unknown): Fault[] {
  const faults: Fault[] = []
  const sound = readSound(input, faults)
  return [
    ...faults,
    ...missingDrive(sound),
    ...sound.drives.flatMap(({ path, value }) =>
      driveFaults(value, sound.vcpus).map((fault) => ({ ...fault, path: `${path}.${fault.path}` })),
    ),
    ...sound.nics.flatMap(({ path, value }) =>
      nicFaults(value).map((fault) => ({ ...fault, path: `${path}.${fault.path}` })),
    ),
    ...interfaceFaults(sound.drives, machineIn(sound), Boolean(sound.config.usb)),
    ...references(sound),
    ...repeats(sound),
    ...processorFaults(sound.config),
    ...sockets(sound),
    ...forwards(sound),
    ...slots(sound),
    ...places(sound),
    ...caches(sound),
    ...plugged(sound),
    ...rawNumbers(sound),
    ...openMonitorFaults(sound),
    ...reservedWordFaults(sound.extraArgs),
    ...sandboxing(sound),
    ...placement(sound),
    ...parts(sound),
    ...firmware(sound),
  ]
}

function missingDrive({ drives, hasKernel, mayBoot, volumes }: Sound): Fault[] {
  if (
    drives.length > 0 ||
    hasKernel ||
    mayBoot ||
    volumes.some(({ value }) => pluggedBy(value) !== undefined)
  )
    return []
  return [
    { path: 'drives', message: 'is required: should have at least one drive, unless there is a kernel' },
  ]
}

/** `drive=`, `iothread=` and `netdev=` that name nothing. Words in extraArgs may define more, so they end the search. */
function references({ drives, iothreads, nics, rawDevices, rawNetdevs, extraArgs }: Sound): Fault[] {
  const netdevs = [
    ...nics.flatMap(({ value }) => value.id ?? []),
    ...rawNetdevs.flatMap(({ value }) => value.get('id') ?? []),
  ]
  const kinds = {
    drive: {
      what: 'drives',
      known: drives.flatMap(({ value }) => value.id ?? []),
      words: ['-drive', '-blockdev'],
    },
    iothread: { what: 'iothreads', known: iothreads.map(({ value }) => value), words: ['-object'] },
    netdev: { what: 'netdevs', known: netdevs, words: ['-netdev'] },
  }
  const missing = (
    kind: keyof typeof kinds,
    path: string,
    name: string | undefined,
    prefix: string,
  ): Fault[] => {
    const { what, known, words } = kinds[kind]
    if (name === undefined || known.includes(name) || words.some((word) => extraArgs.includes(word)))
      return []
    const among = known.length === 0 ? ': there are none' : ` (${[...new Set(known)].join(', ')})`
    return [{ path, message: `${prefix}${show(name)} is not among the ${what}${among}`, value: name }]
  }
  return [
    ...drives.flatMap(({ path, value }) => [
      ...missing('iothread', `${path}.iothread`, value.iothread, ''),
      ...(value.iothreads ?? []).flatMap((id, index) =>
        missing('iothread', `${path}.iothreads[${index}]`, id, ''),
      ),
    ]),
    ...rawDevices.flatMap(({ path, value }) =>
      (['drive', 'iothread', 'netdev'] as const).flatMap((kind) =>
        missing(kind, path, value.get(kind), `${kind}=`),
      ),
    ),
  ]
}

/** Two forwards of one port collide when either listens on every address. */
function forwards({ nics }: Sound): Fault[] {
  const all = nics.flatMap(({ path, value }) =>
    'hostForwards' in value && value.hostForwards !== undefined
      ? value.hostForwards.map((forward, index) => ({
          path: `${path}.hostForwards[${index}].hostPort`,
          forward,
        }))
      : [],
  )
  const everywhere = (address: string | undefined) => address === undefined || address === '0.0.0.0'
  return all.flatMap(({ path, forward }, index) => {
    const before = all
      .slice(0, index)
      .find(
        (other) =>
          forward.hostPort !== 0 &&
          other.forward.protocol === forward.protocol &&
          other.forward.hostPort === forward.hostPort &&
          (other.forward.hostAddress === forward.hostAddress ||
            everywhere(other.forward.hostAddress) ||
            everywhere(forward.hostAddress)),
      )
    if (before === undefined) return []
    return [
      {
        path,
        message: `${forward.hostPort} is taken by ${before.path}: should be another port`,
        value: forward.hostPort,
      },
    ]
  })
}

function slots(sound: Sound): Fault[] {
  const { config, drives, nics, rawNetdevs, extraArgs } = sound
  const { hotplugPorts: ports = 0, rng, security } = config
  const machine = machineIn(sound)
  const bare = security?.defaultDevices === false || extraArgs.includes('-nodefaults')
  const free = deviceSlots({ machine, hasNic: nics.length + rawNetdevs.length > 0, bare })
  const values = drives.map(({ value }) => value)
  const disks =
    scsiControllers(values, machine).length +
    values.filter(
      (drive) =>
        (busOf(drive, machine) === 'virtio' && drive.localCache === undefined) ||
        drive.interface === 'virtio',
    ).length
  const screen = bare && typeof config.display === 'object' && config.video === undefined ? 1 : 0
  const singles = (rng === undefined || rng === false ? 0 : 1) + (config.cloudInit === undefined ? 0 : 1)
  const added = partWords({ memoryMiB: 1, hasSpice: false, parts: config }).slots
  const others = disks + nics.length + screen + singles + added
  if (free === undefined || ports === 0 || slotsForPorts(ports) + others <= free) return []
  const left = Math.max(free - others, 0)
  const shared = portsForSlots(left)
  const most =
    shared <= left ? left : ports > shared ? shared : `${left}, or 31 to ${shared}, which share slots`
  const message = `${ports} do not fit: ${machine} has ${free} free PCI slots and ${others} other devices, so should be at most ${most}`
  return [{ path: 'hotplugPorts', message, value: ports }]
}

/** Ports of the data volumes: those that are not there, or are asked for twice. */
function places({ config, volumes: sound }: Sound): Fault[] {
  const { drives = [], name = '', hotplugPorts: ports } = config
  const volumes = sound.map(({ value }) => value)
  const live = sound.flatMap(({ path, value }): Fault[] =>
    'interface' in value && value.interface === 'scsi'
      ? [
          {
            path: `${path}.interface`,
            message:
              '"scsi" is for volumes that are attached to a running VM: should be one of drives, with interface scsi',
            value: 'scsi',
          },
        ]
      : [],
  )
  if (live.length > 0) return live
  try {
    placeVolumes({ drives, name, volumes, hotplugPorts: ports })
    return []
  } catch (error) {
    if (!(error instanceof QemuLaunchError)) throw error
    const { volume } = error.details
    const at = sound.find(({ value }) => value.id === volume)
    const drive = drives.findIndex(({ id }) => id === volume)
    const path = at === undefined ? `drives[${drive}].localCache` : `${at.path}.bus`
    return [{ path, message: error.message }]
  }
}

/** What does not go together with a local cache, beside what its volume itself says. */
function caches({ config, volumes }: Sound): Fault[] {
  const { drives = [], process } = config
  const ofDrives = drives.map((value: object, index) => ({ path: `drives[${index}]`, value }))
  const cached = [...ofDrives, ...volumes].filter(
    ({ value }) => 'localCache' in value && value.localCache !== undefined,
  )
  return cached.flatMap(({ path, value }): Fault[] => {
    const faults: Fault[] = []
    if (process?.user !== undefined) {
      const message = `is for a QEMU that keeps its user: user ${show(process.user)} may not open its file; should be left out, or process.user`
      faults.push({ path: `${path}.localCache`, message })
    }
    if (!('role' in value) && 'iothreads' in value && value.iothreads !== undefined) {
      const message = 'do not go together with localCache, whose disk has one thread: should be left out'
      faults.push({ path: `${path}.iothreads`, message })
    }
    return faults
  })
}

/** What a boot disk cannot have at a hot-plug port. */
function plugged({ volumes }: Sound): Fault[] {
  return volumes.flatMap(({ path, value }) => {
    const by = pluggedBy(value)
    if (by === undefined || value.role !== 'boot') return []
    const message = `does not go together with ${by}, which puts the disk at a hot-plug port: should be left out`
    return unpluggedKeys.flatMap((key) =>
      value[key] === undefined ? [] : [{ path: `${path}.${key}`, message, value: value[key] }],
    )
  })
}

/** QEMU stops at 0 queues and aborts above 1024. */
function rawNumbers({ rawDevices }: Sound): Fault[] {
  return rawDevices.flatMap(({ path, value }) => {
    const queues = value.get('num-queues')
    if (queues === undefined || (Number(queues) >= 1 && Number(queues) <= 1024)) return []
    return [{ path, message: `num-queues=${queues} should be 1 to 1024`, value: queues }]
  })
}

function sandboxing({ config, nics, extraArgs }: Sound): Fault[] {
  const { process = {}, rawNetdevs = [], security } = config
  const cards = nics.map(({ value }) => value)
  return sandboxFaults({ nics: cards, rawNetdevs, extraArgs, process }, security?.sandbox)
}

function pinning(sound: Sound): Fault[] {
  const { config, drives, iothreads, vcpus } = sound
  if (config.pinning === undefined) return []
  const brought = scsiControllers(
    drives.map(({ value }) => value),
    machineIn(sound),
  )
  const threads = [...iothreads.map(({ value }) => value), ...brought.map(({ iothread }) => iothread)]
  return pinningFaults(config.pinning, { maxVcpus: vcpus, threads: [...new Set(threads)] })
}

function firmware(sound: Sound): Fault[] {
  const { arch = 'x86_64', firmware } = sound.config
  return firmware === undefined ? [] : firmwareFaults(firmware, arch, machineIn(sound))
}

/** What the keys of the parts say that does not fit the rest. */
function parts(sound: Sound): Fault[] {
  const { config, secrets, vcpus } = sound
  return [
    ...partFaults(config, vcpus),
    ...pinning(sound),
    ...displayFaults(
      config.display,
      secrets.map(({ value }) => value),
    ),
  ]
}

/** A process is in one cgroup. */
function placement({ config: { process, cloudInit } }: Sound): Fault[] {
  const faults: Fault[] = []
  if (process?.cgroup !== undefined && process.scope !== undefined) {
    const message = `${show(process.cgroup)} and process.scope cannot both be set, since a scope makes a cgroup: one of them should be left out`
    faults.push({ path: 'process.cgroup', message, value: process.cgroup })
  }
  if (process?.user !== undefined && cloudInit !== undefined && cloudInit.format !== 'iso') {
    const message = `${show(process.user)} could not read the seed of cloudInit, which QEMU opens when the guest does: cloudInit.format should be iso, or there should be no user`
    faults.push({ path: 'process.user', message, value: process.user })
  }
  return faults
}
