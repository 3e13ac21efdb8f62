import { socketsOf } from '../../process/index.ts'
import type { QmpClient, QmpEvent } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import {
  diskUser,
  isNbdUri,
  isServedImage,
  type NbdExport,
  probeNbd,
  readVolumeUri,
  type VolumeSpec,
} from '../../volumes/index.ts'
import { ownEvent } from '../events.ts'
import { volumesOf } from '../record/attachments.ts'
import type { VmRecord, VolumeAttachment } from '../record/state.ts'
import { inWords, lookAtServer } from './server-look.ts'
import { nodeOf } from './volume-cache.ts'
import { requestsOf } from './volume-fence.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import { isCut } from './volume-record.ts'

export const watchWaits = {
  lookMs: 5_000,
  /** Longer than QEMU waits for a lost server, unless it was told otherwise. */
  stalledMs: 15_000,
  serverMs: 3_000,
}

interface WatchParts {
  readonly qmp: QmpClient
  readonly ledger: VolumeLedger
  readonly emit: (event: QmpEvent) => void
}

/** What is known of the requests to one volume. */
interface Watched {
  /** Which requests had ended at the last look, as `Requests.done`. */
  done: string
  since: number
  isTold: boolean
}

/**
 * Looks after the volumes on NBD servers. QEMU does not tell that requests wait, or that it has connected to a server anew, so QEMU
 * and the kernel are asked every 5 s. VOLUME_STALLED says that no request has ended for 15 s. VOLUME_CHANGED says that a server came
 * back with another size, or lets nobody write now.
 */
export class RequestWatch {
  readonly #parts: WatchParts
  readonly #watched = new Map<number, Watched>()
  #sockets: ReadonlySet<string> = new Set()
  /** Stays whose servers are to be asked what they have. */
  readonly #doubted = new Set<number>()
  /** The changes that VOLUME_CHANGED said last, by stay. */
  readonly #told = new Map<number, string>()
  readonly #closing = new AbortController()

  constructor(parts: WatchParts) {
    this.#parts = parts
    void parts.qmp.closed.then(() => this.#closing.abort())
    void this.#live()
  }

  async #live(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await sleep(watchWaits.lookMs, { signal, ref: false }).catch(() => {})
      // A QEMU that stands still is looked at again.
      if (!signal.aborted) await this.#look().catch(() => {})
    }
  }

  async #look(): Promise<void> {
    const record = await this.#parts.ledger.read()
    const volumes = volumesOf(record).filter(
      (entry) => entry.phase === 'attached' && isNbdUri(entry.spec.uri) && !isCut(entry),
    )
    const stays = new Map(volumes.map((entry) => [entry.generation, entry]))
    for (const known of [this.#watched, this.#told, this.#doubted])
      for (const stay of known.keys()) if (!stays.has(stay)) known.delete(stay)
    if (stays.size === 0) return
    for (const stay of stays.keys()) if (!this.#watched.has(stay)) this.#doubted.add(stay)
    await this.#noteConnections(record, stays.keys())
    await Promise.all([...stays].map(([stay, entry]) => this.#lookAtRequests(stay, entry)))
    await this.#askDoubted(stays, record)
  }

  /** Doubts all servers when QEMU has lost a connection: a server may come back as another one. */
  async #noteConnections({ process }: VmRecord, stays: Iterable<number>): Promise<void> {
    if (process === undefined) return
    const now = await socketsOf(process.pid)
    if ([...this.#sockets].some((socket) => !now.has(socket)))
      for (const stay of stays) this.#doubted.add(stay)
    this.#sockets = now
  }

  async #lookAtRequests(stay: number, { spec }: VolumeAttachment): Promise<void> {
    const { emit, qmp } = this.#parts
    const { underWay, done } = await requestsOf(qmp, spec)
    const before = this.#watched.get(stay)
    const now = performance.now()
    if (before === undefined || underWay === 0 || before.done !== done) {
      this.#watched.set(stay, { done, since: now, isTold: false })
      if (before?.isTold) emit(ownEvent('VOLUME_RECOVERED', { id: spec.id }))
      return
    }
    if (before.isTold || now - before.since < watchWaits.stalledMs) return
    before.isTold = true
    const server = await lookAtServer(spec, watchWaits.serverMs)
    const message = `${underWay} requests of the guest to volume ${spec.id} have waited for ${Math.trunc((now - before.since) / 1000)} s: its server (${spec.uri}) ${inWords[server]}`
    emit(ownEvent('VOLUME_STALLED', { id: spec.id, message }))
  }

  async #askDoubted(stays: ReadonlyMap<number, VolumeAttachment>, { id: vm }: VmRecord): Promise<void> {
    if (this.#doubted.size === 0) return
    const { emit, qmp } = this.#parts
    const disks = await qmp.execute('query-block')
    for (const stay of [...this.#doubted]) {
      const entry = stays.get(stay)
      const source = entry && readVolumeUri(entry.spec.uri)
      // A server that lets in QEMU alone cannot be asked.
      if (typeof source !== 'object' || source.type !== 'nbd') continue
      if (entry === undefined || entry.singleClient === true) continue
      const { spec } = entry
      const { serverMs: timeoutMs } = watchWaits
      const found = await probeNbd(source.address, { tls: spec.tls, timeoutMs }).catch(() => undefined)
      // It is asked until it answers.
      if (found === undefined) continue
      this.#doubted.delete(stay)
      const disk = disks.find(({ qdev }) => qdev === diskUser(spec))?.inserted
      // A disk that is on another node now, or in an image, has another size.
      if (disk === undefined || disk['node-name'] !== nodeOf(entry) || isServedImage(spec)) continue
      const changes = changesOf(found, BigInt(disk.image['virtual-size']), spec)
      if (changes === (this.#told.get(stay) ?? '')) continue
      this.#told.set(stay, changes)
      if (changes === '') continue
      const message = `volume ${spec.id} of VM ${vm} has another server than before: ${spec.uri} ${changes}`
      emit(ownEvent('VOLUME_CHANGED', { id: spec.id, message }))
    }
  }
}

/** How a server differs from what QEMU knows of it, in words. */
function changesOf(
  { readOnly, sizeBytes }: NbdExport,
  known: bigint,
  spec: Pick<VolumeSpec, 'readOnly'>,
): string {
  const changes: string[] = []
  if (sizeBytes < known)
    changes.push(
      `has ${sizeBytes} bytes, ${known - sizeBytes} fewer than the guest was told: what lies there cannot be read or written`,
    )
  if (sizeBytes > known)
    changes.push(
      `has ${sizeBytes} bytes, and the guest was told ${known}: resize it, if that is the same disk`,
    )
  if (readOnly && !spec.readOnly) changes.push('lets nobody write now')
  return changes.join('; it ')
}
