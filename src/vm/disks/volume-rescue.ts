import type { QmpClient, StallOptions } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import { isNbdUri, volumeNames } from '../../volumes/index.ts'
import type { VolumeRecord } from '../record/state.ts'

const yankTimeoutMs = 5_000
const standstillMs = 1_000
const lastWaitMs = 5_000

/**
 * Cuts a volume off from its server. That is asked out of band, and so heard even while QEMU stands still for a
 * server that does not answer: in the middle of another command of the same connection.
 */
export class Rescue {
  readonly #qmp: QmpClient
  readonly #node: string | undefined
  #severed = false

  constructor(qmp: QmpClient, { spec }: Pick<VolumeRecord, 'spec'>) {
    const { node, source } = volumeNames(spec.id)
    this.#qmp = qmp
    // Files have nothing to cut.
    if (isNbdUri(spec.uri)) this.#node = spec.limits === undefined ? node : source
  }

  /** Whether the volume has been cut off from its server. */
  get severed(): boolean {
    return this.#severed
  }

  /** Whether QEMU has a node of it that talks to a server. */
  async isConnected(): Promise<boolean> {
    if (this.#node === undefined) return false
    const known = await this.#qmp.executeOob('query-yank', undefined, { timeoutMs: yankTimeoutMs })
    return known.some((each) => each.type === 'block-node' && each['node-name'] === this.#node)
  }

  /** Cuts the node off from its server, for good: what the guest asks of it fails from now on. */
  async sever(): Promise<void> {
    if (this.#node === undefined || !(await this.isConnected())) return
    const instance = { type: 'block-node', 'node-name': this.#node } as const
    await this.#qmp.executeOob('yank', { instances: [instance] }, { timeoutMs: yankTimeoutMs })
    this.#severed = true
  }

  /**
   * Asks the guest, and when it has not let go in time severs and asks once more: what it waited for has failed then.
   * @returns what came of it in the end.
   */
  async release<T extends { readonly outcome: string }>(
    waitMs: number,
    ask: (waitMs: number) => Promise<T>,
  ): Promise<T> {
    const first = await this.guard(waitMs + standstillMs, () => ask(waitMs))
    if (first.outcome !== 'pending') return first
    await this.sever()
    return this.severed ? ask(Math.min(waitMs, lastWaitMs)) : first
  }

  /** Has QEMU execute a command, and severs when QEMU works on it for longer than `stallMs`, if given. */
  async inTurn(stallMs: number | undefined, send: (stall?: StallOptions) => Promise<void>): Promise<void> {
    if (stallMs === undefined) return send()
    let severing: Promise<void> | undefined
    const onStall = () => {
      severing = this.sever().catch(() => {})
    }
    try {
      await send({ stallMs, onStall })
    } finally {
      await severing
    }
  }

  /** Does the work, and severs when it takes longer, whatever QEMU stands still for. */
  async guard<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
    const over = new AbortController()
    const watch = sleep(timeoutMs, { signal: over.signal })
      .then(() => this.sever())
      .catch(() => {})
    try {
      return await work()
    } finally {
      over.abort()
      await watch
    }
  }
}
