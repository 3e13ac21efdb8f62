import { planAttach, SlotTable, volumeNames } from '../volumes/index.ts'
import type { VmRecord, VolumeRecord } from './state.ts'

/** A volume of a running VM. `missing`: on record, but QEMU does not have it (the guest ejected it). */
export interface Volume {
  readonly id: string
  readonly state: 'attached' | 'attaching' | 'detaching' | 'missing' | 'boot'
  readonly uri?: string | undefined
  readonly port?: string | undefined
  /** What the guest finds it by. */
  readonly serial?: string | undefined
  readonly node?: string | undefined
  readonly device?: string | undefined
}

/** What a volume may do in a second. QEMU takes a total or its two parts, not both. */
export interface VolumeLimits {
  readonly bytesPerSecond?: number | undefined
  readonly readBytesPerSecond?: number | undefined
  readonly writeBytesPerSecond?: number | undefined
  readonly operationsPerSecond?: number | undefined
  readonly readOperationsPerSecond?: number | undefined
  readonly writeOperationsPerSecond?: number | undefined
}

/** Which ports the volumes on record hold. */
export function slotTable(record: VmRecord): SlotTable {
  return new SlotTable(
    record.ports,
    record.volumes.map(({ port, spec }) => [port, spec.id] as const),
  )
}

/** The record with the volume in another phase. */
export function withPhase(record: VmRecord, id: string, phase: VolumeRecord['phase']): VmRecord {
  return {
    ...record,
    volumes: record.volumes.map((entry) => (entry.spec.id === id ? { ...entry, phase } : entry)),
  }
}

/** A volume as callers see it; `present` says whether QEMU has its device. */
export function view({ spec, port, phase, preset }: VolumeRecord, present: boolean): Volume {
  const { node, device } = volumeNames(spec.id)
  const [add] = planAttach({ ...spec, bus: port }, { preset }).slice(-1)
  return {
    id: spec.id,
    state: phase === 'attached' && !present ? 'missing' : phase,
    uri: spec.uri,
    port,
    serial: add?.arguments.serial === undefined ? undefined : String(add.arguments.serial),
    node,
    device,
  }
}
