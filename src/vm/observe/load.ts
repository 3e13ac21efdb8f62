import { isNbdUri, loadBetween, type VolumeLoad } from '../../volumes/index.ts'
import type { VmSample } from './samples.ts'

/** What a VM did between two looks. */
export interface VmLoad {
  readonly vm: string
  readonly state: string
  /** Of one CPU: 200 for two CPUs that are busy all the time. Absent when it was not there before. */
  readonly cpuPercent?: number | undefined
  readonly residentBytes?: number | undefined
  readonly volumes: readonly { readonly id: string; readonly load?: VolumeLoad | undefined }[]
}

/** What went on between two looks at a VM; of what was not there the first time nothing is known. Pure. */
export function vmLoad(before: VmSample | undefined, after: VmSample): VmLoad {
  const seconds = before === undefined ? 0 : (after.atMs - before.atMs) / 1000
  const spent = (after.process?.cpuSeconds ?? 0) - (before?.process?.cpuSeconds ?? 0)
  const isKnown = before?.process !== undefined && after.process !== undefined && seconds > 0 && spent >= 0
  return {
    vm: after.vm,
    state: after.state,
    cpuPercent: isKnown ? (spent / seconds) * 100 : undefined,
    residentBytes: after.process?.residentBytes,
    volumes: after.volumes.map(({ counters, id, uri }) => {
      const earlier = before?.volumes.find((volume) => volume.id === id)?.counters
      if (counters === undefined || earlier === undefined) return { id }
      const isNbd = uri !== undefined && isNbdUri(uri)
      return { id, load: loadBetween(earlier, counters, seconds, { isNbd }) }
    }),
  }
}
