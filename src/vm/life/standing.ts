import { basename } from 'node:path'
import type { ProcessIdentity } from '../../process/index.ts'
import { isOwnFile, type VmPaths } from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'

/**
 * How a VM stands that is to be taken up, by its record and by the QEMU that was found for it. `mistaken`: it runs, and the record
 * has another process. Pure.
 */
export function standingOf(
  { process }: Pick<VmRecord, 'process'>,
  found: ProcessIdentity | undefined,
): 'running' | 'mistaken' | 'ended' {
  if (found === undefined) return 'ended'
  const isSame = process === undefined || (process.pid === found.pid && process.startTime === found.startTime)
  return isSame ? 'running' : 'mistaken'
}

/** Whether the process that launched a VM died before the last steps of the launch. Pure. */
export function isHalfLaunched({
  forwards,
  machine,
  process,
}: Pick<VmRecord, 'forwards' | 'machine' | 'process'>): boolean {
  return process === undefined || machine === undefined || forwards === undefined
}

/** Whether nothing on a VM's record is left for a new owner to end, to go on with, or to look after. Pure. */
export function isSettled(record: VmRecord): boolean {
  const { attachments, backups, begins, bootServers, config, reboot, standsFor } = record
  const lists = [attachments, bootServers, config.secrets, backups.filter(({ work }) => work !== undefined)]
  const hasWork = begins === true || reboot !== undefined || standsFor !== undefined
  return !isHalfLaunched(record) && !hasWork && lists.every(({ length }) => length === 0)
}

/** The file that no VM has, in a directory without a record. A directory with a record may hold anything. Pure. */
export function strayIn(paths: VmPaths, names: readonly string[]): string | undefined {
  return names.includes(basename(paths.state)) ? undefined : names.find((name) => !isOwnFile(paths, name))
}

/** The files that the next run of a crashed VM does not need: all but its record, the variables of UEFI and the TPM. Pure. */
export function unneededIn(
  { efiVars, state, tpmState }: VmPaths,
  names: readonly string[],
): readonly string[] {
  const kept = [efiVars, tpmState, state].map((path) => basename(path))
  return names.filter((name) => !kept.includes(name))
}
