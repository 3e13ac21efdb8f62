import type { QmpClient, StallOptions } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import { isNbdUri, volumeNames } from '../../volumes/index.ts'
import type { VolumeAttachment } from '../record/state.ts'

const yankTimeoutMs = 5_000
const againMs = 100

/**
 * Frees a QEMU that stands still for a volume's server, by breaking its connection. That is asked out of band, and so
 * heard in the middle of another command. It fences nothing: QEMU does not hear it between two connections, and what was
 * on its way may arrive. See `cutOff` for that.
 */
export class Rescue {
  readonly #qmp: QmpClient
  readonly #node: string | undefined
  #yanks = 0

  constructor(qmp: QmpClient, { spec }: Pick<VolumeAttachment, 'spec'>) {
    const { node, source } = volumeNames(spec.id)
    this.#qmp = qmp
    // Files have nothing to cut.
    if (isNbdUri(spec.uri)) this.#node = spec.limits === undefined ? node : source
  }

  /** Whether the connection may have been broken. */
  get yanked(): boolean {
    return this.#yanks > 0
  }

  /** How often. */
  get yanks(): number {
    return this.#yanks
  }

  /** Whether QEMU has a node of it that talks to a server. */
  async isConnected(): Promise<boolean> {
    if (this.#node === undefined) return false
    const known = await this.#qmp.executeOob('query-yank', undefined, { timeoutMs: yankTimeoutMs })
    return known.some((each) => each.type === 'block-node' && each['node-name'] === this.#node)
  }

  /** Breaks the connection for good, if QEMU has one at this moment: what is asked of the node fails from now on. */
  async yank(): Promise<void> {
    if (this.#node === undefined || !(await this.isConnected())) return
    const instance = { type: 'block-node', 'node-name': this.#node } as const
    this.#yanks++
    await this.#qmp.executeOob('yank', { instances: [instance] }, { timeoutMs: yankTimeoutMs })
  }

  /**
   * Has QEMU execute a command, and breaks the connection when QEMU works on it for longer than `stallMs`, if given; each
   * every connection that QEMU makes until it is done, for a server that takes connections and drops the requests.
   */
  async inTurn<T>(stallMs: number | undefined, send: (stall?: StallOptions) => Promise<T>): Promise<T> {
    if (stallMs === undefined) return send()
    const over = new AbortController()
    let yanking: Promise<void> | undefined
    const onStall = () => {
      yanking = this.keepYanking(over.signal)
    }
    try {
      return await send({ stallMs, onStall })
    } finally {
      over.abort()
      await yanking
    }
  }

  /** Does the work, and breaks the connections as `inTurn` does when it takes longer, whatever QEMU stands still for. */
  async guard<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
    const over = new AbortController()
    const watch = sleep(timeoutMs, { signal: over.signal })
      .then(() => this.keepYanking(over.signal))
      .catch(() => {})
    try {
      return await work()
    } finally {
      over.abort()
      await watch
    }
  }

  /** Breaks each connection that QEMU makes, until the signal. Never rejects. */
  async keepYanking(signal: AbortSignal): Promise<void> {
    try {
      for (; !signal.aborted; await sleep(againMs, { signal })) await this.yank()
    } catch {
      // It is over, or QEMU is.
    }
  }
}
