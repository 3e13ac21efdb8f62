import { nearest } from '../util/nearest.ts'
import { VolumeExistsError, VolumeNoPortError, VolumePortOccupiedError } from './errors.ts'

const portCount = 11
const firstLetter = 'f'

/** The names of the first `count` hot-plug ports, `hotplug1` onwards. */
export function hotplugPorts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `hotplug${index + 1}`)
}

/** As many root ports as q35 has room for: eight functions in each of its free slots. */
export const maxPorts = 240

/** How many ports can have a slot each. */
const maxPlainPorts = 30
const functionsPerSlot = 8
const lastFreeSlot = 30

/** How many slots of the root bus that many ports take. */
export function slotsForPorts(count: number): number {
  return count <= maxPlainPorts ? count : Math.ceil(count / functionsPerSlot)
}

/** How many ports fit in so many slots. */
export function portsForSlots(slots: number): number {
  const shared = Math.min(slots * functionsPerSlot, maxPorts)
  return shared > maxPlainPorts ? shared : Math.max(slots, 0)
}

/**
 * Where the ports sit on the root bus: QEMU finds each a slot of its own while there are enough (no address);
 * beyond that eight share one, from the last free slot `below` others down, since QEMU gives out slots to other devices
 * from the first up.
 */
export function portAddresses(
  count: number,
  below = Number.POSITIVE_INFINITY,
): readonly ({ readonly slot: number; readonly function: number } | undefined)[] {
  const last = Math.min(lastFreeSlot, below - 1)
  return Array.from({ length: count }, (_, index) =>
    count <= maxPlainPorts
      ? undefined
      : { slot: last - Math.trunc(index / functionsPerSlot), function: index % functionsPerSlot },
  )
}

const lettered = hotplugPorts(portCount)

/** The port of `/dev/sdf`…`/dev/sdp` (also `sdf`, `xvdf`): `hotplug1`…`hotplug11`; undefined for any other name. */
export function portForDevice(device: string): string | undefined {
  const [, letter] = /^(?:\/dev\/)?(?:sd|xvd)([f-p])$/.exec(device) ?? []
  return letter === undefined ? undefined : lettered[letter.charCodeAt(0) - firstLetter.charCodeAt(0)]
}

/** The device name that stands for a port, `/dev/sdf` for `hotplug1`; undefined for a port without a letter. */
export function deviceForPort(port: string): string | undefined {
  const index = lettered.indexOf(port)
  return index < 0 ? undefined : `/dev/sd${String.fromCharCode(firstLetter.charCodeAt(0) + index)}`
}

/** Which volume is at which hot-plug port. The table is immutable: every change returns a new one. */
export class SlotTable {
  readonly ports: readonly string[]
  readonly #occupants: ReadonlyMap<string, string>

  /** Ports in the order in which they are given out, and `[port, volume id]` pairs. Throws as `assign` does. */
  constructor(ports: Iterable<string> = lettered, occupied: Iterable<readonly [string, string]> = []) {
    this.ports = [...new Set(ports)]
    const occupants = new Map<string, string>()
    for (const [port, volumeId] of occupied) {
      this.#requirePort(volumeId, port)
      const occupant = occupants.get(port)
      if (occupant !== undefined && occupant !== volumeId)
        throw new VolumePortOccupiedError(volumeId, port, occupant)
      occupants.set(port, volumeId)
    }
    this.#occupants = occupants
  }

  /** `[port, volume id]` of every volume, in the order of the ports. */
  get entries(): readonly (readonly [string, string])[] {
    return this.ports.flatMap((port) => {
      const occupant = this.#occupants.get(port)
      return occupant === undefined ? [] : [[port, occupant] as const]
    })
  }

  /** The ports that hold nothing. */
  get free(): readonly string[] {
    return this.ports.filter((port) => !this.#occupants.has(port))
  }

  portOf(volumeId: string): string | undefined {
    return this.entries.find(([, occupant]) => occupant === volumeId)?.[0]
  }

  occupantOf(port: string): string | undefined {
    return this.#occupants.get(port)
  }

  /**
   * The table with the volume at the port asked for, or at the first free one. Asking again for what it has changes nothing.
   * Throws VOLUME_NO_PORT (none free, or no such port), VOLUME_PORT_OCCUPIED (with the occupant), VOLUME_EXISTS (it has another).
   */
  assign(volumeId: string, bus?: string): { readonly table: SlotTable; readonly port: string } {
    const held = this.portOf(volumeId)
    if (bus !== undefined) this.#requirePort(volumeId, bus)
    if (held !== undefined) {
      if (bus !== undefined && bus !== held) throw new VolumeExistsError(volumeId, held, bus)
      return { table: this, port: held }
    }
    const port = bus ?? this.#firstFree(volumeId)
    const occupant = this.#occupants.get(port)
    if (occupant !== undefined) throw new VolumePortOccupiedError(volumeId, port, occupant)
    return { table: new SlotTable(this.ports, [...this.#occupants, [port, volumeId]]), port }
  }

  /** The table without the volume; the same table when it holds no such volume. */
  release(volumeId: string): SlotTable {
    if (this.portOf(volumeId) === undefined) return this
    return new SlotTable(
      this.ports,
      [...this.#occupants].filter(([, occupant]) => occupant !== volumeId),
    )
  }

  #firstFree(volumeId: string): string {
    const [port] = this.free
    if (port !== undefined) return port
    const reason =
      this.ports.length === 0
        ? 'the VM was started without hot-plug ports'
        : `all ${this.ports.length} ports are taken (${this.entries.map((entry) => entry.join(': ')).join(', ')})`
    throw new VolumeNoPortError(`Volume ${volumeId} gets no port: ${reason}.`, {
      volume: volumeId,
      ports: this.ports,
    })
  }

  #requirePort(volumeId: string, port: string): void {
    if (this.ports.includes(port)) return
    const near = nearest(port, this.ports)
    const known = this.ports.length === 0 ? 'it has none' : `it has ${this.ports.join(', ')}`
    throw new VolumeNoPortError(
      `Volume ${volumeId} cannot go to ${port}: the VM has no such port, ${known}${near === undefined ? '' : ` (did you mean ${near}?)`}.`,
      { volume: volumeId, port, ports: this.ports },
    )
  }
}
