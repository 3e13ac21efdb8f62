import type { QmpClient, StallOptions } from '../../qmp/index.ts'
import { callAfter, sleep } from '../../util/timer.ts'
import { isNbdUri, serverNode, volumeNames } from '../../volumes/index.ts'
import { freed, yankNode } from '../freeing.ts'
import type { VolumeAttachment } from '../record/state.ts'

const askTimeoutMs = 5_000
const againMs = 100

/**
 * Frees a QEMU that stands still for a volume's server, by breaking its connection. That is asked out of band, and so
 * heard in the middle of another command. It fences nothing: QEMU does not hear it between two connections, and what was
 * on its way may arrive. See `cutOff` for that.
 */
export class Rescue {
  readonly #qmp: QmpClient
  /** The nodes that talk to a server. */
  readonly #nodes: ReadonlySet<string>
  #yanks = 0

  constructor(qmp: QmpClient, { spec }: Pick<VolumeAttachment, 'spec'>) {
    const { cache, spare, spareSource } = volumeNames(spec.id)
    const cached = [cache.volume, cache.filler, spec.limits === undefined ? spare : spareSource]
    const connected = spec.localCache === undefined ? [serverNode(spec)] : cached
    this.#qmp = qmp
    // Files have nothing to cut.
    this.#nodes = new Set(isNbdUri(spec.uri) ? connected : [])
  }

  /** Whether the connection may have been broken. */
  get yanked(): boolean {
    return this.#yanks > 0
  }

  /** How often the connection may have been broken. */
  get yanks(): number {
    return this.#yanks
  }

  /** Whether QEMU has a node of it that talks to a server. */
  async isConnected(): Promise<boolean> {
    if (this.#nodes.size === 0) return false
    const known = await this.#qmp.executeOob('query-yank', undefined, { timeoutMs: askTimeoutMs })
    return known.some((each) => each.type === 'block-node' && this.#nodes.has(each['node-name']))
  }

  /** Breaks the connection for good, if QEMU has one at this moment: what is asked of the node fails from now on. @throws as `yankNode`. */
  async yank(): Promise<void> {
    const broken = [...this.#nodes].map((node) =>
      yankNode(this.#qmp, node).catch((error: unknown) => {
        // It may have been heard.
        this.#yanks++
        throw error
      }),
    )
    if ((await Promise.all(broken)).includes(true)) this.#yanks++
  }

  /**
   * Has QEMU execute a command, and breaks each connection that QEMU makes when QEMU works on it for longer than `stallMs`, if given,
   * until it is done: a server may take connections and drop the requests.
   * @throws as `freed`.
   */
  async inTurn<T>(stallMs: number | undefined, send: (stall?: StallOptions) => Promise<T>): Promise<T> {
    if (stallMs === undefined) return send()
    return freed(
      (onStall) => send({ stallMs, onStall }),
      (signal) => this.keepYanking(signal),
    )
  }

  /** Does the work, and breaks the connections as `inTurn` does when it takes longer, whatever QEMU stands still for. */
  async guard<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
    return freed(
      async (stalls) => {
        const stop = callAfter(timeoutMs, stalls)
        try {
          return await work()
        } finally {
          stop()
        }
      },
      (signal) => this.keepYanking(signal),
    )
  }

  /** Breaks each connection that QEMU makes, until the signal. @throws as `yankNode`. */
  async keepYanking(signal: AbortSignal): Promise<void> {
    for (; !signal.aborted; await sleep(againMs, { signal }).catch(() => {})) await this.yank()
  }
}
