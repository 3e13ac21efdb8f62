import type { QmpClient } from '../../qmp/index.ts'
import { VolumeError, type VolumeSpec, volumeNames } from '../../volumes/index.ts'
import type { AskOptions } from './volume-options.ts'

/**
 * Makes sure that nothing but its disk uses a volume: a block job or an export would keep the node in QEMU when the
 * guest has lost the disk already.
 * @throws VolumeError VOLUME_DETACH_FAILED naming them in `details`; the guest was not asked.
 */
export async function requireUnused(
  qmp: QmpClient,
  vm: string,
  spec: VolumeSpec,
  limits: AskOptions,
): Promise<void> {
  const { node, source } = volumeNames(spec.id)
  const [jobs, exported] = await Promise.all([
    jobsOn(qmp, [node, source], limits),
    qmp.execute('query-block-exports', undefined, limits),
  ])
  const exports = exported.filter((each) => [node, source].includes(each['node-name'])).map(({ id }) => id)
  if (jobs.length === 0 && exports.length === 0) return
  const uses = [
    ...jobs.map((id) => `block job ${id} (block-job-cancel or block-job-complete)`),
    ...exports.map((id) => `export ${id} (block-export-del)`),
  ]
  throw new VolumeError(
    'VOLUME_DETACH_FAILED',
    `volume ${spec.id} of VM ${vm} is in use and stays attached: end these first: ${uses.join(', ')}`,
    { details: { vm, volume: spec.id, jobs, exports } },
  )
}

/** The block jobs that have one of the nodes, or a filter over it, in their hands. */
async function jobsOn(qmp: QmpClient, nodes: readonly string[], limits: AskOptions): Promise<string[]> {
  if ((await qmp.execute('query-block-jobs', undefined, limits)).length === 0) return []
  // The jobs themselves do not tell their nodes; this is the only place where QEMU does.
  const graph = await qmp.execute('x-debug-query-block-graph', undefined, limits)
  const kinds = new Map(graph.nodes.map((each) => [each.id, each]))
  const reached = new Set(
    graph.nodes
      .filter(({ type, name }) => type === 'block-driver' && nodes.includes(name))
      .map(({ id }) => id),
  )
  for (const id of reached) {
    for (const { parent, child } of graph.edges) if (child === id) reached.add(parent)
  }
  return [...reached].flatMap((id) => {
    const found = kinds.get(id)
    return found?.type === 'block-job' ? [found.name] : []
  })
}
