import { type Qapi, type QmpClient, QmpCommandError } from '../../qmp/index.ts'
import { untilYes } from '../../util/timer.ts'
import { diskUser, VolumeError, type VolumeSpec } from '../../volumes/index.ts'
import { isOfBackup } from '../record/backups.ts'
import { nodesOf } from './volume-cache.ts'
import type { AskOptions } from './volume-options.ts'

const looks = { firstMs: 500, lastMs: 5_000 }
const answerTimeoutMs = 30_000

const onOverlay = '. Commit an overlay that the disk is on before you delete it (block-commit)'

/** What uses a volume beside its own disk: block jobs, exports, block nodes that stand on it (overlays, filters), other devices. */
interface VolumeUsers {
  readonly jobs: readonly string[]
  readonly exports: readonly string[]
  readonly nodes: readonly string[]
  readonly devices: readonly string[]
}

/**
 * Makes sure that nothing but its disk uses a volume: anything else would keep the node in QEMU when the guest has lost
 * the disk already.
 * @throws VolumeError VOLUME_DETACH_FAILED naming the users in `details`, and saying whether the guest still has the disk.
 */
export async function requireUnused(
  qmp: QmpClient,
  vm: string,
  spec: VolumeSpec,
  limits: AskOptions,
): Promise<void> {
  const { hasDisk, ...users } = await usersOf(qmp, spec, limits)
  const uses = inWords(users)
  if (uses === '') return
  const what = hasDisk
    ? `is in use and stays attached: end these first: ${uses}${users.nodes.length > 0 ? onOverlay : ''}`
    : `has left its guest and is in use: it is detached when these end: ${uses}`
  const step = hasDisk ? {} : { step: 'blockdev-del' }
  throw new VolumeError('VOLUME_DETACH_FAILED', `volume ${spec.id} of VM ${vm} ${what}`, {
    details: { vm, volume: spec.id, ...step, ...users },
  })
}

/**
 * Waits until nothing uses a volume whose guest has let go of it. No event of QEMU tells that a node was deleted, so it is
 * asked, less and less often.
 * @returns whether that is so; false when it is not wanted any more, or on abort.
 */
export async function untilUnused(
  qmp: QmpClient,
  spec: VolumeSpec,
  isWanted: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<boolean> {
  const isUnused = async () => {
    const users = await usersOf(qmp, spec, { signal, timeoutMs: answerTimeoutMs }).catch(() => undefined)
    return users !== undefined && inWords(users) === ''
  }
  return untilYes(isUnused, looks, { isWanted, signal, ref: false })
}

/** Walks up from the volume's nodes to all that stands on them. */
async function usersOf(qmp: QmpClient, spec: VolumeSpec, limits: AskOptions) {
  const [graph, exported] = await Promise.all([
    // The only command that tells what stands on a node, and which nodes a job has.
    qmp.execute('x-debug-query-block-graph', undefined, limits).catch(unlessRefused),
    qmp.execute('query-block-exports', undefined, limits),
  ])
  const own = new Set(nodesOf(spec))
  const disk = diskUser(spec)
  const known = new Map(graph.nodes.map((each) => [each.id, each]))
  const reached = new Set(
    graph.nodes.filter(({ type, name }) => type === 'block-driver' && own.has(name)).map((each) => each.id),
  )
  for (const below of reached) {
    for (const { parent, child } of graph.edges) if (child === below) reached.add(parent)
  }
  const found = [...reached].flatMap((each) => known.get(each) ?? [])
  const named = (type: (typeof found)[number]['type']) =>
    found.filter((each) => each.type === type && each.name !== '').map(({ name }) => name)
  const nodes = named('block-driver')
  const jobs = named('block-job')
  const isOfJob = (name: string) => isOfBackup(name) && jobs.some((job) => name.startsWith(`${job}-`))
  return {
    jobs,
    exports: exported
      .filter((each) => own.has(each['node-name']) || nodes.includes(each['node-name']))
      .map((each) => each.id),
    // A node that QEMU has named itself belongs to a job, or to a node that has a name.
    nodes: nodes.filter((name) => !own.has(name) && !name.startsWith('#') && !isOfJob(name)),
    devices: named('block-backend').filter((name) => name !== disk),
    /** On whatever node. */
    hasDisk: graph.nodes.some(({ type, name }) => type === 'block-backend' && name === disk),
  }
}

/** Refused by `-compat unstable-input=reject`: then only exports are known before the guest is asked, the rest by `blockdev-del`. */
function unlessRefused(error: unknown): Qapi.XDbgBlockGraph {
  if (error instanceof QmpCommandError && error.qmpClass === 'CommandNotFound')
    return { nodes: [], edges: [] }
  throw error
}

function inWords({ devices, exports, jobs, nodes }: VolumeUsers): string {
  return [
    ...jobs.map((id) =>
      isOfBackup(id)
        ? `${id} (wait for it, or abort its call)`
        : `block job ${id} (block-job-cancel or block-job-complete)`,
    ),
    ...exports.map((id) => `export ${id} (block-export-del)`),
    ...nodes.map((name) => `block node ${name} (blockdev-del)`),
    ...devices.map((name) => `device ${name} (device_del)`),
  ].join(', ')
}
