import type { VmConfig } from '../config/schema.ts'

/** A config that differs in one key. */
export interface Candidate {
  /** Such as `volumes[0].queueSize: 1024`. */
  readonly name: string
  readonly path: string
  readonly before: unknown
  readonly after: unknown
  readonly config: VmConfig
}

const queueSizes = [128, 256, 1024]
const caches = ['none', 'writeback'] as const
const threads = [4, 16, 32]

/** Every config that differs from this one in one key of one disk, or of its server. Pure. */
export function candidatesFor(config: VmConfig): Candidate[] {
  const vcpus = typeof config.cpus === 'number' ? config.cpus : config.cpus.count
  const made: Candidate[] = []
  const offer = (
    path: string,
    before: unknown,
    usual: unknown,
    values: readonly unknown[],
    make: (value: never) => VmConfig,
  ) => {
    for (const after of new Set(values)) {
      if (after === (before ?? usual)) continue
      made.push({ name: `${path}: ${String(after)}`, path, before, after, config: make(after as never) })
    }
  }
  for (const [index, volume] of config.volumes.entries()) {
    if (volume.role !== 'boot' && volume.role !== 'data') continue
    const path = `volumes[${index}]`
    const changed = (fields: object): VmConfig => ({
      ...config,
      volumes: config.volumes.map((each, at) => (at === index ? { ...volume, ...fields } : each)),
    })
    offer(`${path}.numQueues`, volume.numQueues, vcpus, [1, vcpus], (numQueues) => changed({ numQueues }))
    offer(`${path}.queueSize`, volume.queueSize, 256, queueSizes, (queueSize) => changed({ queueSize }))
    offer(`${path}.cache`, volume.cache, 'none', caches, (cache) => changed({ cache }))
    if (volume.role === 'data')
      offer(`${path}.iothread`, volume.iothread, true, [true, false], (iothread) => changed({ iothread }))
    const { serve } = volume
    if (serve?.type === 'nbdkit')
      offer(`${path}.serve.threads`, serve.threads, 16, threads, (count) =>
        changed({ serve: { ...serve, threads: count } }),
      )
  }
  for (const [index, drive] of config.drives.entries()) {
    if (drive.interface !== 'none' || !drive.device || drive.media === 'cdrom') continue
    const path = `drives[${index}]`
    const changed = (fields: object): VmConfig => ({
      ...config,
      drives: config.drives.map((each, at) => (at === index ? { ...drive, ...fields } : each)),
    })
    offer(`${path}.numQueues`, drive.numQueues, vcpus, [1, vcpus], (numQueues) => changed({ numQueues }))
    offer(`${path}.queueSize`, drive.queueSize, 256, queueSizes, (queueSize) => changed({ queueSize }))
    offer(`${path}.cache`, drive.cache, 'writeback', caches, (cache) => changed({ cache }))
  }
  return made
}
