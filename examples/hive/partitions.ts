/** Loses nodes, one after the other, and counts: by the way they were lost, how long it took, and what was lost without our doing. */
import { setTimeout as sleep } from 'node:timers/promises'
import { confirm, ms, say, table, title } from '../demo/screen.ts'
import { type Cluster, type Instance, OrderError, order } from './cluster.ts'
import type { Description } from './instances.ts'
import type { Node } from './node.ts'
import { epochIn } from './writers.ts'

/** How a node is lost, and how it comes back. */
const ways = [
  {
    name: 'its agent stands still (SIGSTOP)',
    lose: async (node: Node) => node.signal('SIGSTOP'),
    comeBack: async (node: Node) => node.signal('SIGCONT'),
  },
  {
    name: 'its agent is killed (SIGKILL)',
    lose: (node: Node) => node.kill(),
    comeBack: (node: Node) => node.start(),
  },
  {
    name: 'it is cut off from NATS',
    lose: async (node: Node) => node.proxy.cut(true),
    comeBack: async (node: Node) => node.proxy.cut(false),
  },
]

const isFenced = (error: unknown) => error instanceof OrderError && error.code === 'FENCED'

const moved = 'the instance has moved, and nobody had taken its node away'

export interface Story {
  readonly cluster: Cluster
  readonly nodes: readonly Node[]
  /** The instance, and the volume that its guest writes all the time. */
  readonly id: string
  readonly volume: string
  /** Where the volume's node keeps the logs of its servers. */
  readonly logs: string
}

export class Partitions {
  readonly #story: Story
  readonly #took = new Map<string, number[]>()

  constructor(story: Story) {
    this.#story = story
  }

  /** Loses the node that runs the instance. A node that does not own it any more in that moment does not count. */
  async loseOne(round: number): Promise<void> {
    const way = ways[round % ways.length]
    while (way !== undefined && !(await this.#lose(way))) say('node', moved)
  }

  /** Does a step of the story, and again when the instance has moved meanwhile. */
  async undisturbed<T>(step: () => Promise<T>): Promise<T> {
    for (;;) {
      const { epoch } = await this.settled()
      const outcome = await step().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      )
      if ((await this.#instance()).epoch > epoch) say('node', moved)
      // A former owner answers until it has looked.
      else if ('error' in outcome && isFenced(outcome.error)) await sleep(50)
      else if ('value' in outcome) return outcome.value
      else throw outcome.error
    }
  }

  /** The instance, when it runs. */
  settled(): Promise<Instance> {
    return this.until('the instance to run', async () => {
      const instance = await this.#instance()
      return instance.state === 'running' ? instance : undefined
    })
  }

  /** The instance, when it runs and its guest has written to the volume. */
  writing(): Promise<Instance> {
    const { logs, volume } = this.#story
    return this.until('the guest to write', async () => {
      const instance = await this.#instance()
      const isWriting = instance.state === 'running' && epochIn(logs, volume, instance.epoch) !== undefined
      return isWriting ? instance : undefined
    })
  }

  /**
   * How many nodes were lost in each way, and after how long their instance ran elsewhere. Every other move was a node's that lived:
   * its lease ran out, because the host is too slow for `HIVE_LEASE_MS`.
   */
  async tell(): Promise<void> {
    const { epoch } = await this.#instance()
    const rows = [...this.#took].map(([name, times]) => {
      const sorted = times.toSorted((a, b) => a - b)
      const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
      return [name, String(times.length), ms(median), ms(sorted.at(-1) ?? 0)]
    })
    table(['a node is lost', 'times', 'median ms', 'worst ms'], rows)
    const losses = [...this.#took.values()].flat().length
    say('ok', `${epoch - 1 - losses} times a node that lived was taken for lost`)
  }

  /** Asks every 50 ms, for three minutes at most. */
  async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = performance.now() + 180_000
    while (performance.now() < end) {
      for (const node of this.#story.nodes) node.checkRuns()
      const found = await look()
      if (found !== undefined) return found
      await sleep(50)
    }
    throw new Error(`waited three minutes for ${what}`)
  }

  /** @returns false when the node was not the owner in the moment when it was lost. */
  async #lose({ comeBack, lose, name }: (typeof ways)[number]): Promise<boolean> {
    const { cluster, id, nodes, volume } = this.#story
    const before = await this.writing()
    const lost = nodes.find((node) => node.name === before.node)
    if (lost === undefined) throw new Error(`there is no node ${before.node}`)
    title(`${lost.name} is lost: ${name}`)
    const start = performance.now()
    await lose(lost)
    const { epoch } = await this.#instance()
    if (epoch !== before.epoch) {
      await comeBack(lost)
      return false
    }
    const now = await this.until('another node to run the instance', async () => {
      const instance = await this.#instance()
      return instance.epoch > epoch && instance.state === 'running' ? instance : undefined
    })
    const took = performance.now() - start
    this.#took.set(name, [...(this.#took.get(name) ?? []), took])
    confirm(now.node !== lost.name, `${now.node} runs ${id} after ${ms(took)} ms, epoch ${now.epoch}`)
    const ghost = await lost.pidOf(id)
    confirm(ghost !== undefined, `the VM on ${lost.name} still runs, and reaches nothing`)
    await this.undisturbed(async () => {
      const there = await order<Description>(cluster.nc, `ec2.cmd.${id}`, { action: 'describe' })
      confirm(there.volumes.includes(volume), `${volume} is attached on ${there.node}`)
    })
    await this.writing()
    await comeBack(lost)
    await this.until(
      'the VM of the lost node to end',
      async () => (await lost.pidOf(id)) !== ghost || undefined,
    )
    say('ok', `${lost.name} is back, has found itself fenced, and has ended its VM`)
    return true
  }

  async #instance(): Promise<Instance> {
    const entry = await this.#story.cluster.instances.get(this.#story.id)
    if (entry === null) throw new Error(`${this.#story.id} is not on record`)
    return entry.json<Instance>()
  }
}
