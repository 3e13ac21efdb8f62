import type { QmpClient, QmpEvent } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import { onIoErrorOf, volumeNames } from '../../volumes/index.ts'
import { ownEvent } from '../events.ts'
import { letRun } from '../let-run.ts'
import { volumeOf, volumesOf } from '../record/attachments.ts'
import { volumeBehind } from '../record/backups.ts'
import type { VmRecord, VolumeAttachment } from '../record/state.ts'
import type { Stopping } from '../stand-still.ts'
import { lookAtServer, untilAnswering } from './server-look.ts'
import { hasCache, nodeOf } from './volume-cache.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import { isCut } from './volume-record.ts'
import { uncache } from './volume-uncache.ts'

const lookAgainMs = 1_000
const lookTimeoutMs = 3_000

interface WatchParts {
  readonly qmp: QmpClient
  readonly ledger: VolumeLedger
  readonly emit: (event: QmpEvent) => void
  readonly volumes: Stopping
}

/**
 * Lets a guest run on that QEMU has stopped for a volume whose server was gone (`onIoError: pause-and-resume`). The servers are asked,
 * less and less often, until each answers again. QEMU then repeats the requests that had failed. A VM that somebody else stops or
 * resumes meanwhile is left alone, and so is a VM whose volume has been cut off for good. A volume with a local cache loses the cache
 * first, since the cache may be what has failed.
 */
export class IoErrorWatch {
  readonly #parts: WatchParts
  /** Stays whose server has not answered since they failed. */
  readonly #failing = new Set<number>()
  /** The last volume whose server has answered. */
  #answering: string | undefined
  readonly #closing = new AbortController()
  #isHeld = false

  constructor(parts: WatchParts) {
    this.#parts = parts
    void parts.qmp.closed.then(() => this.#closing.abort())
    // Somebody else may have resumed it.
    parts.qmp.on('RESUME', () => this.hold(false))
    // The cache could not serve a read. A failed write stops the VM.
    parts.qmp.on('QUORUM_REPORT_BAD', ({ data }) => {
      if (data.type === 'read') void this.#onBadRead(data['node-name']).catch(() => {})
    })
    parts.qmp.on('BLOCK_IO_ERROR', ({ data }) => {
      // The device is not named for nodes that blockdev-add made.
      if (data.action === 'stop') void this.#onStopped(data['node-name']).catch(() => {})
    })
  }

  /** Takes up the watch of a VM that was stopped while nobody looked. */
  async begin(): Promise<void> {
    const { qmp, ledger } = this.#parts
    const record = await ledger.read()
    const watched = volumesOf(record).filter(isWatched)
    if (watched.length === 0 || (await qmp.execute('query-status')).status !== 'io-error') return
    for (const entry of watched) this.#watch(entry)
  }

  /** Whether somebody wants the VM to stand still, be the servers back or not. QEMU does not tell that from an I/O error. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  async #onStopped(node: string | undefined): Promise<void> {
    const record = await this.#record()
    const behind = volumeBehind(record, node)
    const entry = volumesOf(record).find((each) => each.id === behind || nodeOf(each) === node)
    if (entry !== undefined && isWatched(entry)) this.#watch(entry)
  }

  /** Gives up the cache, unless the server is away: then the cache cannot serve the read either. */
  async #onBadRead(node: string): Promise<void> {
    const record = await this.#record()
    const entry = volumesOf(record).find(({ id }) => volumeNames(id).cache.copier === node)
    if (entry === undefined || !isWatched(entry) || !hasCache(entry)) return
    if ((await lookAtServer(entry.spec, lookTimeoutMs)) === 'answers') await uncache(this.#parts, entry)
  }

  #watch(entry: VolumeAttachment): void {
    const { generation, id } = entry
    if (this.#failing.has(generation)) return
    this.#failing.add(generation)
    this.#parts.emit(ownEvent('VOLUME_IO_ERROR', { id }))
    const isWanted = async () => {
      const now = volumeOf(await this.#record(), id)
      return now?.generation === generation && isWatched(now)
    }
    void uncache(this.#parts, entry)
      .catch(() => {})
      .then(() => untilAnswering(entry, isWanted, this.#closing.signal))
      .then((isBack) => {
        this.#failing.delete(generation)
        if (isBack) this.#answering = id
        return this.#resume()
      })
      .catch(() => {})
  }

  /** A record that cannot be read is read again, for as long as QEMU is there: nothing tells when it can. */
  async #record(): Promise<VmRecord> {
    for (;;) {
      try {
        return await this.#parts.ledger.read()
      } catch {
        await sleep(lookAgainMs, { signal: this.#closing.signal, ref: false })
      }
    }
  }

  /** Lets the VM run on when no server is waited for any more, and one is back. */
  async #resume(): Promise<void> {
    const { qmp, emit } = this.#parts
    const id = this.#answering
    if (this.#failing.size > 0 || id === undefined) return
    this.#answering = undefined
    if (this.#isHeld) return
    if ((await qmp.execute('query-status')).status !== 'io-error') return
    await letRun(qmp, {}, () => this.#isHeld)
    if (this.#isHeld) return
    emit(ownEvent('VOLUME_RESUMED', { id }))
  }
}

const isWatched = (entry: VolumeAttachment) => onIoErrorOf(entry.spec) === 'pause-and-resume' && !isCut(entry)
