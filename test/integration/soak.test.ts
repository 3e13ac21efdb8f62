import { getEventListeners } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { memoryInUse } from '../support/collect-garbage.ts'
import { deal, random } from '../support/random.ts'
import { Bench } from '../support/soak/bench.ts'
import { type DisturbanceName, disturb, disturbanceNames } from '../support/soak/disturbances.ts'
import { faultNames, takeTurn } from '../support/soak/faults.ts'
import { contents, holdings, settledHoldings } from '../support/soak/holdings.ts'
import { waitingOn } from '../support/soak/private-state.ts'

const LONG = process.env.QEMU_LAUNCH_LONG === '1'
const CYCLES = Number(process.env.QEMU_LAUNCH_SOAK_CYCLES ?? (LONG ? 2_000 : 30))
const VOLUMES = LONG ? 24 : 6
const SEED = Number(process.env.QEMU_LAUNCH_SEED ?? 1)
const TIMEOUT_MS = LONG ? 3_600_000 : 600_000
const MIB = 1024 * 1024

const below = random(SEED)
const plain = Array.from({ length: 2 * faultNames.length }, () => 'none' as const)
const faults = deal(below, faultNames, [...faultNames, ...plain])
type Round = DisturbanceName | 'faults'
const calm = (count: number) => Array.from({ length: count }, () => 'faults' as const)
const rounds = deal<Round>(below, [...disturbanceNames, ...calm(2)], [...disturbanceNames, ...calm(12)])

test(
  `${CYCLES} cycles of ${VOLUMES} volumes at once, with faults between, leave nothing (seed ${SEED})`,
  async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => void warnings.push(warning)
    process.on('warning', onWarning)
    onTestFinished(() => void process.off('warning', onWarning))

    await using bench = await Bench.boot(VOLUMES + 1, below)
    // What is made once and kept, by us and by QEMU.
    await bench.handOver()
    await Promise.all(Array.from({ length: VOLUMES }, () => takeTurn(bench, 'none')))
    await bench.stopServers()
    const start = await settledHoldings(bench.vm)
    expect(start.contents.recorded).toEqual([['witness', 'attached']])

    const memory: { cycles: number; rss: number; heapUsed: number }[] = []
    let cycles = 0
    for (const round of rounds) {
      if (cycles >= CYCLES) break
      if (round === 'faults')
        await Promise.all(Array.from({ length: VOLUMES }, () => takeTurn(bench, faults.next().value)))
      else await disturb(bench, round, VOLUMES)
      cycles += VOLUMES
      expect(await contents(bench.vm), `after ${cycles} cycles, the last: ${round}`).toEqual(start.contents)
      memory.push({ cycles, ...memoryInUse() })
      if (LONG) process.stdout.write(`${JSON.stringify({ round, ...memory.at(-1) })}\n`)
    }

    await bench.witness.stop(bench.console)
    await bench.stopServers()
    await expect.poll(() => waitingOn(bench.vm.qmp)).toEqual(start.waiting)
    await bench.handOver()
    expect(getEventListeners(bench.never, 'abort')).toEqual([])
    await expect.poll(() => holdings(bench.vm), { timeout: 60_000 }).toEqual(start)
    expect(warnings).toEqual([])
    const half = memory.slice(Math.floor(memory.length / 2))
    // The collector gives pages back when it likes.
    expect(growth(half, 'rss')).toBeLessThan(64 * MIB)
    expect(growth(half, 'heapUsed')).toBeLessThan(4 * MIB)
  },
  TIMEOUT_MS,
)

/** How much more at the end of the samples than at their beginning, by the line that fits them best. */
function growth<K extends string>(
  samples: readonly Readonly<Record<K | 'cycles', number>>[],
  what: K,
): number {
  const mean = (of: (sample: Readonly<Record<K | 'cycles', number>>) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const [x, y] = [mean(({ cycles }) => cycles), mean((sample) => sample[what])]
  const spread = mean(({ cycles }) => (cycles - x) ** 2)
  if (spread === 0) return 0
  const slope = mean((sample) => (sample.cycles - x) * (sample[what] - y)) / spread
  return slope * ((samples.at(-1)?.cycles ?? 0) - (samples[0]?.cycles ?? 0))
}
