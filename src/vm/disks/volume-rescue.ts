import type { Qapi, QmpClient, StallOptions } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import { isNbdUri, serverNode, volumeNames } from '../../volumes/index.ts'
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
  /** Those that talk to a server. */
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

  /** How often. */
  get yanks(): number {
    return this.#yanks
  }

  /** Whether QEMU has a node of it that talks to a server. */
  async isConnected(): Promise<boolean> {
    return (await this.#connected()).length > 0
  }

  /** Breaks the connection for good, if QEMU has one at this moment: what is asked of the node fails from now on. */
  async yank(): Promise<void> {
    const instances = await this.#connected()
    if (instances.length === 0) return
    this.#yanks++
    await yankInstances(this.#qmp, instances)
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

  #connected() {
    return connected(this.#qmp, this.#nodes)
  }
}

/** Breaks the connections that these nodes have at this moment, for good. */
export async function yankNodes(qmp: QmpClient, nodes: ReadonlySet<string>): Promise<void> {
  const instances = await connected(qmp, nodes)
  if (instances.length > 0) await yankInstances(qmp, instances)
}

async function connected(qmp: QmpClient, nodes: ReadonlySet<string>): Promise<Qapi.YankInstance[]> {
  if (nodes.size === 0) return []
  const known = await qmp.executeOob('query-yank', undefined, { timeoutMs: yankTimeoutMs })
  return known.filter((each) => each.type === 'block-node' && nodes.has(each['node-name']))
}

async function yankInstances(qmp: QmpClient, instances: Qapi.YankInstance[]): Promise<void> {
  await qmp.executeOob('yank', { instances }, { timeoutMs: yankTimeoutMs })
}
