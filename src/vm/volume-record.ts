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
