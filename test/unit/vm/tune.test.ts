import { describe, expect, test } from 'vitest'
import { parseVmConfig, sweep, type TuneProgress, type VmConfig } from '../../../src/vm/index.ts'
import { candidatesFor } from '../../../src/vm/tune/candidates.ts'
import { judge } from '../../../src/vm/tune/decide.ts'

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A factor around 1, normally distributed as its logarithm. */
const noiseOf = (random: () => number, size: number) =>
  Math.exp(size * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))

const config = parseVmConfig({
  name: 'web',
  cpus: 4,
  memoryMiB: 512,
  volumes: [
    {
      id: 'root',
      role: 'boot',
      serve: { type: 'nbdkit', plugin: 'file', parameters: { file: '/root.img' } },
    },
    { id: 'data', role: 'data', uri: 'nbd:unix:/data.sock' },
  ],
})
const limits = (budget = Number.POSITIVE_INFINITY) => {
  let time = 0
  return { end: budget, now: () => time++ }
}

test('every way differs in one key, and is a config', () => {
  const candidates = candidatesFor(config)
  expect(candidates.map(({ name }) => name)).toEqual([
    'volumes[0].numQueues: 1',
    'volumes[0].queueSize: 128',
    'volumes[0].queueSize: 1024',
    'volumes[0].cache: writeback',
    'volumes[0].serve.threads: 4',
    'volumes[0].serve.threads: 32',
    'volumes[1].numQueues: 1',
    'volumes[1].queueSize: 128',
    'volumes[1].queueSize: 1024',
    'volumes[1].cache: writeback',
    'volumes[1].iothread: false',
  ])
  for (const each of candidates) expect(parseVmConfig(each.config)).toEqual(each.config)
})

describe('the sweep', () => {
  /** What a config measures without noise: each of these keys counts. */
  const worth = ({ volumes: [root, data] }: VmConfig) => {
    const factors = [
      root?.role === 'boot' && root.queueSize === 1024 ? 1.3 : 1,
      root?.serve?.type === 'nbdkit' && root.serve.threads === 32 ? 1.15 : 1,
      data?.role === 'data' && data.cache === 'writeback' ? 1.2 : 1,
      data?.role === 'data' && !data.iothread ? 0.7 : 1,
    ]
    return factors.reduce((product, factor) => product * factor, 1000)
  }
  const optimum = 1000 * 1.3 * 1.15 * 1.2

  test('comes within 5 % of a planted optimum, whatever the noise of 3 %', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = randomOf(seed)
      const found = await sweep(config, async (_name, each) => worth(each) * noiseOf(random, 0.03), limits())
      expect(worth(found.config), `seed ${seed}`).toBeGreaterThan(optimum * 0.95)
      expect(found.incomplete).toBe(false)
    }
  })

  test('gives no advice where nothing counts: 100 runs with a noise of 2, 10 and 30 %', async () => {
    for (const size of [0.02, 0.1, 0.3]) {
      for (let seed = 1; seed <= 100; seed++) {
        const random = randomOf(seed * 1000 + size * 100)
        const { advice } = await sweep(config, async () => 1000 * noiseOf(random, size), limits())
        expect(advice, `seed ${seed}, noise ${size}`).toEqual([])
      }
    }
  })

  test('is not misled by a host that gets slower and slower', async () => {
    let measured = 0
    const { advice } = await sweep(config, async () => 1000 * 0.999 ** measured++, limits())
    expect(advice).toEqual([])
  })

  test('ends with its time, and keeps what it has found by then', async () => {
    const random = randomOf(1)
    const measure = async (_name: string, each: VmConfig) => worth(each) * noiseOf(random, 0.01)
    expect(await sweep(config, measure, limits(20))).toMatchObject({
      advice: [],
      incomplete: true,
      measurements: 20,
    })
    const found = await sweep(config, measure, limits(70))
    expect(found).toMatchObject({
      advice: [{ path: 'volumes[0].queueSize', before: undefined, after: 1024 }],
      incomplete: true,
    })
    expect(found.advice[0]?.ratio).toBeCloseTo(1.3, 1)
  })

  test('tells of each measurement, and how many there will be at the next decision', async () => {
    const random = randomOf(1)
    const told: TuneProgress[] = []
    await sweep(config, async (_name, each) => worth(each) * noiseOf(random, 0.01), {
      ...limits(70),
      onMeasured: (_name, _number, progress) => told.push(progress),
    })
    expect(told.map(({ done }) => done)).toEqual(Array.from({ length: 70 }, (_, index) => index + 1))
    for (const { done, planned } of told) expect(done).toBeLessThanOrEqual(planned)
    const ways = candidatesFor(config).length + 1
    expect(told[0]).toEqual({ done: 1, planned: ways * 5 })
    expect(told[ways * 5 - 1]).toEqual({ done: ways * 5, planned: ways * 5 })
    expect(told[ways * 5]?.planned).toBeGreaterThan(ways * 5)
  })
})

describe('a winner', () => {
  const used = { name: 'used', numbers: [100, 102, 99, 101, 98] }

  test('is the one that gains most', () => {
    const others = [
      { name: 'some', numbers: [121, 122, 119, 120, 118] },
      { name: 'more', numbers: [150, 153, 149, 151, 148] },
    ]
    expect(judge(used, others)).toEqual({
      winner: { name: 'more', ratio: expect.closeTo(1.5, 1) },
      promising: ['some', 'more'],
    })
  })

  test.each([
    ['that is as good', [101, 100, 100, 99, 100]],
    ['that is worse', [50, 51, 49, 50, 50]],
    ['of one lucky round', [100, 300, 99, 101, 98]],
    ['that was measured once', [300]],
    ['that was not measured', []],
  ])('is none %s', (_name, numbers) => {
    expect(judge(used, [{ name: 'other', numbers }]).winner).toBeUndefined()
  })
})
