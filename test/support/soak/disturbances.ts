import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Bench, inWords, settled, type Turn } from './bench.ts'

/** What happens to the whole machine while these volumes are attached; after it they are not. */
type Disturbance = (bench: Bench, turns: readonly Turn[]) => Promise<void>

const all = <T>(turns: readonly Turn[], work: (turn: Turn) => Promise<T>) => Promise.all(turns.map(work))

/** One of two halves, the other. */
function halves(turns: readonly Turn[]): [Turn[], Turn[]] {
  return [turns.filter((_, index) => index % 2 === 0), turns.filter((_, index) => index % 2 === 1)]
}

const paused: Disturbance = async (bench, turns) => {
  const { vm } = bench
  await vm.pause()
  const pending = (turn: Turn) =>
    vm.volumes.detach(turn.id, { waitMs: bench.below(100), signal: bench.never })
  expect((await all(turns, pending)).map(({ outcome }) => outcome)).toEqual(turns.map(() => 'pending'))
  const [repeated, left] = halves(turns)
  const gone = all(left, (turn) => bench.told('VOLUME_DETACHED', turn))
  await vm.resume()
  await Promise.all([all(repeated, (turn) => bench.detachAgain(turn)), gone])
}

const reset: Disturbance = async (bench, turns) => {
  await bench.witness.stop(bench.console)
  const [before, after] = halves(turns)
  const detached = all(before, (turn) => bench.detach(turn))
  await sleep(bench.below(150))
  await bench.vm.reset()
  await Promise.all([detached, bench.console.waitForReady({ timeoutMs: 120_000 })])
  await all(after, (turn) => bench.seen(turn))
  await bench.witness.start(bench.console)
  await all(after, (turn) => bench.detach(turn))
}

const handedOver: Disturbance = async (bench, turns) => {
  const left = bench.vm
  const [before, after] = halves(turns)
  const cut = all(before, (turn) => settled(left.volumes.detach(turn.id, { signal: bench.never })))
  await sleep(bench.below(150))
  await bench.handOver()
  for (const outcome of await cut) {
    // The connection may have gone before the guest was asked, or after.
    if ('error' in outcome)
      expect(outcome.error).toMatchObject({
        code: expect.stringMatching(/^(?:VOLUME_DETACH_FAILED|QMP_CLOSED)$/),
      })
  }
  await all(before, (turn) => bench.detachAgain(turn))
  await all(after, (turn) => bench.detach(turn))
}

const byName = {
  'paused while detaching': paused,
  'reset while detaching': reset,
  'handed over while detaching': handedOver,
} satisfies Record<string, Disturbance>

export type DisturbanceName = keyof typeof byName
export const disturbanceNames = Object.keys(byName) as DisturbanceName[]

/** So many turns at once with this disturbance in the middle. */
export async function disturb(bench: Bench, name: DisturbanceName, count: number): Promise<void> {
  const turns = await Promise.all(Array.from({ length: count }, () => bench.turn()))
  await all(turns, (turn) => bench.attach(turn))
  await all(turns, (turn) => bench.seen(turn))
  await byName[name](bench, turns).catch((error: unknown) => {
    throw inWords(bench, name, error)
  })
  await all(turns, (turn) => bench.end(turn, true))
}
