import type { Profile } from './profile-names.ts'
import type { VmConfig } from './schema.ts'

/** What a profile set where the config said nothing. */
export interface ProfileChoice {
  /** Such as `volumes[0].queueSize`. */
  readonly path: string
  readonly value: number | boolean
  readonly why: string
}

interface Rule<Key extends string> {
  readonly key: Key
  readonly value: number | boolean
  readonly why: string
}

interface Rules {
  readonly memory?: readonly Rule<'prealloc' | 'balloon'>[]
  readonly disks?: readonly Rule<'queueSize' | 'numQueues'>[]
  /** Of nbdkit, which alone says how many requests it works on at a time. */
  readonly servers?: readonly Rule<'threads'>[]
}

/** All that the profiles do. */
const rules: Readonly<Record<Profile, Rules>> = {
  balanced: {},
  throughput: {
    disks: [{ key: 'queueSize', value: 1024, why: 'a queue of the guest holds 1024 requests, not 256' }],
    servers: [
      {
        key: 'threads',
        value: 32,
        why: 'the server works on twice the requests that QEMU sends on a connection',
      },
    ],
  },
  latency: {
    memory: [
      {
        key: 'prealloc',
        value: true,
        why: 'the guest never waits for the host to find a page of its memory',
      },
    ],
    servers: [
      {
        key: 'threads',
        value: 16,
        why: 'none of the 16 requests that QEMU sends on a connection waits for another',
      },
    ],
  },
  memory: {
    memory: [
      { key: 'balloon', value: true, why: 'memory that the guest does not use goes back to the host' },
    ],
    disks: [
      { key: 'numQueues', value: 1, why: 'a disk has one queue, not one for each vCPU' },
      { key: 'queueSize', value: 128, why: 'a queue of the guest holds 128 requests, not 256' },
    ],
    servers: [{ key: 'threads', value: 4, why: 'each thread of the server holds a buffer' }],
  },
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Returns a config with the keys that its profile fills, and a list of them. Keys that the config has stay as they are, so a
 * second call changes nothing. Only virtio disks whose device this library writes are changed. Pure.
 */
export function withProfile(config: VmConfig): {
  readonly config: VmConfig
  readonly choices: readonly ProfileChoice[]
} {
  const { profile = 'balanced' } = config
  const { disks = [], memory = [], servers = [] } = rules[profile]
  const choices: ProfileChoice[] = []
  /** What is there, with what is chosen beside it. */
  const filled = <T extends object | undefined>(
    path: string,
    given: T,
    chosen: readonly Rule<string>[],
  ): T => {
    const open = chosen.filter(({ key }) => (given as Fields | undefined)?.[key] === undefined)
    if (open.length === 0) return given
    choices.push(...open.map(({ key, value, why }) => ({ path: `${path}.${key}`, value, why })))
    return { ...given, ...Object.fromEntries(open.map(({ key, value }) => [key, value])) } as T
  }
  const drives = config.drives.map((drive, index) => {
    const isOurs = drive.interface === 'none' && drive.device && drive.media !== 'cdrom'
    return isOurs ? filled(`drives[${index}]`, drive, fitting(disks, drive)) : drive
  })
  const volumes = config.volumes.map((volume, index) => {
    const path = `volumes[${index}]`
    const isDisk = volume.role === 'boot' || volume.role === 'data'
    const disk = isDisk ? filled(path, volume, fitting(disks, volume)) : volume
    if (disk.serve?.type !== 'nbdkit') return disk
    return { ...disk, serve: filled(`${path}.serve`, disk.serve, servers) }
  })
  const made = filled('memory', config.memory, memory)
  const chosen = { ...config, ...(made === undefined ? {} : { memory: made }), drives, volumes }
  return choices.length === 0 ? { config, choices } : { config: chosen, choices }
}

/** Queues that are spread over iothreads are not made fewer. */
function fitting(disks: readonly Rule<string>[], disk: object): readonly Rule<string>[] {
  return 'iothreads' in disk ? disks.filter(({ key }) => key !== 'numQueues') : disks
}
