import type { QmpClient, QmpEvent } from '../../qmp/index.ts'
import { volumeNames } from '../../volumes/index.ts'
import { ownEvent } from '../own-event.ts'
import type { VolumeRecord } from '../record/state.ts'
import { untilAnswering } from './server-look.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import { entryOf } from './volume-record.ts'

interface WatchParts {
  readonly qmp: QmpClient
  readonly ledger: VolumeLedger
  readonly emit: (event: QmpEvent) => void
}

/**
 * Lets a guest run on that QEMU has stopped for a volume whose server was gone (`onIoError: pause-and-resume`): asks
 * the servers, less and less often, until each answers again. QEMU then does the requests that had failed once more.
 * A VM that somebody else stops or resumes meanwhile is left alone, and one whose volume has been cut off for good.
 */
export class IoErrorWatch {
  readonly #parts: WatchParts
  /** Those whose server has not answered since they failed. */
  readonly #failing = new Set<string>()
  readonly #closing = new AbortController()
  #isHeld = false

  constructor(parts: WatchParts) {
    this.#parts = parts
    void parts.qmp.closed.then(() => this.#closing.abort())
    parts.qmp.on('BLOCK_IO_ERROR', ({ data }) => {
      // The device is not named for nodes that blockdev-add made.
      if (data.action === 'stop') void this.#onStopped(data['node-name']).catch(() => {})
    })
  }

  /** Takes up the watch of a VM that was stopped while nobody looked. */
  async begin(): Promise<void> {
    const { qmp, ledger } = this.#parts
    const { volumes } = await ledger.read()
    const watched = volumes.filter(isWatched)
    if (watched.length === 0 || (await qmp.execute('query-status')).status !== 'io-error') return
    for (const entry of watched) this.#watch(entry)
  }

  /** Whether somebody wants the VM to stand still, be the servers back or not. QEMU does not tell that from an I/O error. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
  }

  async #onStopped(node: string | undefined): Promise<void> {
    const { volumes } = await this.#parts.ledger.read()
    const entry = volumes.find(({ spec }) => volumeNames(spec.id).node === node)
    if (entry !== undefined && isWatched(entry)) this.#watch(entry)
  }

  #watch(entry: VolumeRecord): void {
    const { spec } = entry
    if (this.#failing.has(spec.id)) return
    this.#failing.add(spec.id)
    this.#parts.emit(ownEvent('VOLUME_IO_ERROR', { id: spec.id }))
    const isWanted = async () => {
      const now = entryOf(await this.#parts.ledger.read(), spec.id)
      return now !== undefined && isWatched(now)
    }
    void untilAnswering(entry, isWanted, this.#closing.signal)
      .then((isBack) => {
        this.#failing.delete(spec.id)
        return isBack ? this.#resume(spec.id) : undefined
      })
      .catch(() => {})
  }

  async #resume(id: string): Promise<void> {
    const { qmp, emit } = this.#parts
    if (this.#failing.size > 0 || this.#isHeld) return
    if ((await qmp.execute('query-status')).status !== 'io-error') return
    await qmp.execute('cont')
    emit(ownEvent('VOLUME_RESUMED', { id }))
  }
}

const isWatched = ({ severed, spec }: VolumeRecord) =>
  spec.onIoError === 'pause-and-resume' && severed !== true
