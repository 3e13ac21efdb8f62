import type { Fault } from '../../errors.ts'
import { show } from '../../util/schema.ts'
import { type Drive, hotplugPorts, isVhostUser } from '../../volumes/forms.ts'
import { seedDrive } from './cloud-init.ts'
import { pluggedBy } from './data-volumes.ts'
import { busOf, scsiControllers } from './disk-buses.ts'
import { nicNames } from './nics.ts'
import { socketPaths } from './socket-paths.ts'
import { type At, machineIn, type Sound } from './sound.ts'

/** What may be given only once: names and numbers, each in its own namespace, and the volume to boot from. */
export function repeats(sound: Sound): Fault[] {
  const ofVolumes = [...twice('id', ids(sound)), ...bootTwice(sound)]
  const told = new Set(ofVolumes.map(({ path }) => volumeIn(path)))
  // What such a volume brings is there twice too, by names that nobody wrote.
  const others = <T>(all: readonly At<T>[]) => all.filter(({ path }) => !told.has(volumeIn(path)))
  const { drives, iothreads, volumes } = sound
  const rest = { drives: others(drives), iothreads: others(iothreads), volumes: others(volumes) }
  return [...ofVolumes, ...namesTwice({ ...sound, ...rest })]
}

const volumeIn = (path: string) => path.replace(/\..*/, '')

const ids = ({ volumes }: Sound) =>
  volumes.map(({ path, value }) => ({ path: `${path}.id`, value: value.id }))

function bootTwice({ volumes }: Sound): Fault[] {
  const [first, ...others] = volumes.filter(({ value }) => value.role === 'boot')
  const message = `"boot" is the role of ${first?.path} already: should be data`
  return others.map(({ path }) => ({ path: `${path}.role`, message, value: 'boot' }))
}

function namesTwice(sound: Sound): Fault[] {
  const { config, drives, iothreads, nics, secrets, rawDevices, rawNetdevs, volumes } = sound
  const field = <K extends keyof Drive>(key: K) =>
    drives.flatMap(({ path, value }) =>
      value[key] === undefined ? [] : [{ path: `${path}.${key}`, value: value[key] }],
    )
  const option = (words: readonly At<ReadonlyMap<string, string>>[], key: string) =>
    words.flatMap(({ path, value }) => {
      const found = value.get(key)
      if (found === undefined) return []
      return [
        { path, value: key === 'bootindex' ? Number(found) : key === 'mac' ? found.toLowerCase() : found },
      ]
    })
  const ports = hotplugPorts(config.hotplugPorts ?? 0).map((value) => ({ path: 'hotplugPorts', value }))
  const rng = config.rng === undefined || config.rng === false ? [] : [{ path: 'rng', value: 'rng0' }]
  const netdevs = nics.flatMap(({ path, value }) =>
    value.id === undefined ? [] : [{ path: `${path}.id`, value: value.id }],
  )
  const cards = nicNames(nics, config.name)
  const machine = machineIn(sound)
  const controllers = scsiControllers(
    drives.map(({ value }) => value),
    machine,
  )
  const scsi = { path: 'drives', ids: controllers.map(({ id }) => id) }
  const ownThreads = controllers.flatMap(({ asked, iothread }) => (asked === undefined ? [iothread] : []))
  const unnamed = drives.flatMap(({ path, value }) => {
    const bus = busOf(value, machine)
    const isNamed = value.id !== undefined && value.deviceId === undefined
    return isNamed && (isVhostUser(value) || (bus !== undefined && bus !== 'virtio'))
      ? [{ path: `${path}.id`, value: value.id }]
      : []
  })
  const pluggedBoot = volumes.flatMap(({ path, value }) =>
    pluggedBy(value) === undefined ? [] : [{ path, value: 1 }],
  )
  const seed = config.cloudInit === undefined ? [] : [{ path: 'cloudInit', value: seedDrive }]
  return [
    ...twice('id', [...field('id'), ...seed]),
    ...twice('id', [
      ...iothreads,
      ...rng,
      ...secrets,
      ...ownThreads.map((value) => ({ path: scsi.path, value })),
    ]),
    ...twice('id', [
      ...ports,
      ...field('deviceId'),
      ...unnamed,
      ...scsi.ids.map((value) => ({ path: scsi.path, value })),
      ...cards.ids,
      ...option(rawDevices, 'id'),
    ]),
    ...twice('id', [...netdevs, ...option(rawNetdevs, 'id')]),
    ...twice('boot index', [
      ...field('bootIndex'),
      ...pluggedBoot,
      ...cards.bootIndexes,
      ...option(rawDevices, 'bootindex'),
    ]),
    ...twice('MAC address', [...cards.macs, ...option(rawDevices, 'mac')]),
  ]
}

function twice(what: string, entries: readonly At<unknown>[]): Fault[] {
  const first = new Map<unknown, string>()
  return entries.flatMap(({ path, value }) => {
    const before = first.get(value)
    if (before === undefined) {
      first.set(value, path)
      return []
    }
    return [{ path, message: `${what} ${show(value)} is taken by ${before}: should be another one`, value }]
  })
}

/** Sockets that two would listen at, and a console without any. */
export function sockets({ config }: Sound): Fault[] {
  const { console } = config
  const faults: Fault[] = []
  if (console !== undefined && Object.values(console).every((value) => value === undefined)) {
    faults.push({
      path: 'console',
      message: 'has neither socket nor logFile nor logLimitKiB: should have one of them, or be left out',
    })
  }
  return [...faults, ...twice('socket', socketPaths(config))]
}
