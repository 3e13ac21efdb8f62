import { QemuLaunchError } from '../../errors.ts'
import { type HiveConfigInput, parseConfigDocument } from '../config/hive.ts'
import type { VmConfig, VmConfigInput } from '../config/schema.ts'
import { VmError } from '../errors.ts'
import { launchVm } from '../launch/launch.ts'
import { clearLeftovers } from '../life/leftovers.ts'
import type { Vm } from '../life/roles.ts'
import { type Candidate, candidatesFor } from './candidates.ts'
import { judge, type Measured } from './decide.ts'

export interface TuneOptions {
  readonly stateDir?: string | undefined
  /** A number of the VM, which has just been launched: more is better. */
  readonly measure: (vm: Vm) => Promise<number>
  /** No measurement begins after that; 10 min unless given. */
  readonly budgetMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Hears of each measurement: which setting, its number, and how far `tune` is. */
  readonly onMeasured?: ((name: string, number: number, progress: TuneProgress) => void) | undefined
}

export interface TuneProgress {
  /** How many measurements there have been. */
  readonly done: number
  /** How many there will have been at the next decision. After that there are more if a setting promises something. */
  readonly planned: number
}

/** A key of the config, and a better value for it. */
export interface Advice extends Pick<Candidate, 'path' | 'before' | 'after'> {
  /** What it measured, beside what is in use: 1.2 is a fifth more. */
  readonly ratio: number
}

/** What to change, in the order in which it was found. `advice` is empty when no setting beats the config beyond the noise. */
export interface TuneOutcome {
  readonly advice: readonly Advice[]
  readonly config: VmConfig
  readonly measurements: number
  /** The time was over before all had been tried. */
  readonly incomplete: boolean
}

const defaultBudgetMs = 600_000
/** After so many rounds it is decided, or goes on with what promises something, up to the most. */
const roundsAtOnce = 5
const mostRounds = 20
const inUse = 'in use'

/**
 * Launches the VM again and again, each time with one key of its disks changed, and finds the settings that measure more. It
 * keeps a setting that is better, and tries the others again on top. The guest starts many times and writes its disks: use clones
 * of them.
 * @throws as `launchVm`, and what `measure` throws; no VM is left, as `details.left` says: false.
 */
export async function tuneVm(
  config: VmConfigInput | VmConfig | HiveConfigInput,
  { budgetMs = defaultBudgetMs, measure, onMeasured, signal, stateDir }: TuneOptions,
): Promise<TuneOutcome> {
  const once = async (_name: string, candidate: VmConfig) => {
    const vm = await launchVm(candidate, { stateDir, signal })
    try {
      const number = await measure(vm)
      if (!(number > 0))
        throw new VmError('VM_CONFIG', `the measurement of a VM should be a number above 0, not ${number}`, {
          details: { vm: vm.id },
        })
      return number
    } catch (error) {
      throw error instanceof QemuLaunchError ? error.tellOf({ left: false }) : error
    } finally {
      await vm.kill()
      // An end by force leaves what tells of it.
      await clearLeftovers(vm.paths, vm.id)
    }
  }
  return sweep(parseConfigDocument(config), once, {
    end: performance.now() + budgetMs,
    now: () => performance.now(),
    signal,
    onMeasured,
  })
}

interface Limits extends Pick<TuneOptions, 'onMeasured' | 'signal'> {
  readonly end: number
  readonly now: () => number
}

/** As `tuneVm`, by whatever measures. In each round every way is measured once. */
export async function sweep(
  given: VmConfig,
  measure: (name: string, config: VmConfig) => Promise<number>,
  { end, now, onMeasured, signal }: Limits,
): Promise<TuneOutcome> {
  const advice: Advice[] = []
  let config = given
  let measurements = 0
  const outcome = (incomplete: boolean): TuneOutcome => ({ advice, config, measurements, incomplete })
  for (;;) {
    const settled = new Set(advice.map(({ path }) => path))
    const candidates = candidatesFor(config).filter(({ path }) => !settled.has(path))
    const numbers = new Map<string, number[]>()
    const measured = (name: string): Measured => ({ name, numbers: numbers.get(name) ?? [] })
    let judged = judge(
      measured(inUse),
      candidates.map(({ name }) => measured(name)),
    )
    for (let round = 0; round < mostRounds && judged.promising.length > 0; round++) {
      const ways = [
        { name: inUse, config },
        ...candidates.filter(({ name }) => judged.promising.includes(name)),
      ]
      const first = round % ways.length
      // The first of a round is another one each time: a host that warms up favours none.
      const turns = [...ways.slice(first), ...ways.slice(0, first)]
      const decision = measurements + ways.length * (roundsAtOnce - (round % roundsAtOnce))
      for (const way of turns) {
        signal?.throwIfAborted()
        if (now() >= end) return outcome(true)
        const number = await measure(way.name, way.config)
        numbers.set(way.name, [...measured(way.name).numbers, number])
        measurements++
        onMeasured?.(way.name, number, { done: measurements, planned: decision })
      }
      if ((round + 1) % roundsAtOnce !== 0) continue
      judged = judge(
        measured(inUse),
        ways.slice(1).map(({ name }) => measured(name)),
      )
      if (judged.winner !== undefined) break
    }
    const found = candidates.find(({ name }) => name === judged.winner?.name)
    if (judged.winner === undefined || found === undefined) return outcome(false)
    const { after, before, path } = found
    advice.push({ path, before, after, ratio: judged.winner.ratio })
    config = found.config
  }
}
