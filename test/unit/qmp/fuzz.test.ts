import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { QemuLaunchError } from '../../../src/errors.ts'
import { Framer } from '../../../src/qmp/framing.ts'
import { QmpClient } from '../../../src/qmp/index.ts'
import { QgaReader } from '../../../src/qmp/qga-reader.ts'
import { linkedPair } from '../../../src/testing/index.ts'
import { memoryInUse } from '../../support/collect-garbage.ts'
import { type Below, random } from '../../support/random.ts'

const LONG = process.env.QEMU_LAUNCH_LONG === '1'
/** Streams for the readers alone, and for whole clients, a hundred times dearer. */
const READER_INPUTS = LONG ? 1_000_000 : 20_000
const CLIENT_INPUTS = LONG ? 50_000 : 2_000
const SEED = Number(process.env.QEMU_LAUNCH_SEED ?? 1)
const TIMEOUT_MS = LONG ? 1_800_000 : 60_000

const contract = fileURLToPath(new URL('../../contract/', import.meta.url))
/** What a real QEMU said, conversation by conversation. */
const corpus: readonly Buffer[] = readdirSync(contract)
  .filter((name) => name.endsWith('.jsonl') && name !== 'queries.jsonl')
  .map((name) => {
    const lines = readFileSync(contract + name, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(0, -1)
    const said: { from: string; text: string }[] = lines.map((line) => JSON.parse(line))
    return Buffer.from(said.flatMap(({ from, text }) => (from === 'server' ? [text] : [])).join(''), 'latin1')
  })

const TOKENS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  ',',
  ':',
  '\n',
  '\r\n',
  'null',
  '1e999',
  'inf',
  '-',
  '\xff',
  '\0',
]
const WORDS = [
  '"event"',
  '"return"',
  '"error"',
  '"id"',
  '"QMP"',
  '"__proto__"',
  '18446744073709551615',
  '\\ud800',
]

function mutate(bytes: Buffer, below: Below): Buffer {
  let result = Buffer.from(bytes)
  for (let count = 1 + below(6); count > 0; count--) {
    const at = below(result.length + 1)
    switch (below(6)) {
      case 0:
        if (at < result.length) result[at] = below(256)
        break
      case 1:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + below(40))])
        break
      case 2: {
        const token = [...TOKENS, ...WORDS][below(TOKENS.length + WORDS.length)] ?? ''
        result = Buffer.concat([result.subarray(0, at), Buffer.from(token, 'latin1'), result.subarray(at)])
        break
      }
      case 3:
        result = Buffer.concat([result.subarray(0, at), result.subarray(below(result.length + 1))])
        break
      case 4:
        result = result.subarray(0, at)
        break
      default:
        if (at < result.length) result[at] = (result[at] ?? 0) ^ (1 << below(8))
    }
    if (result.length > 20_000) result = result.subarray(0, 20_000)
  }
  return result
}

function* pieces(bytes: Buffer, below: Below): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + below(400)
    yield bytes.subarray(at, at + length)
    at += length
  }
}

/** The heap of one collection and another differ by so much; what is kept of each of so many inputs is more. */
const MAX_GROWTH_BYTES = 8 * 1024 * 1024

const isTyped = (error: unknown): boolean => error instanceof QemuLaunchError && error.code === 'QMP_PROTOCOL'

test(
  `the readers take ${READER_INPUTS} mutated streams: messages or a typed error, nothing else`,
  () => {
    const below = random(SEED)
    let refused = 0
    let heapAtTenth = 0
    for (let index = 0; index < READER_INPUTS; index++) {
      const bytes = mutate(corpus[below(corpus.length)] ?? Buffer.alloc(0), below)
      const sink = (message: unknown) => {
        if (message === undefined) throw new Error('no message')
      }
      const reader = index % 4 === 0 ? new QgaReader(sink, 30_000) : new Framer(sink, 30_000)
      try {
        for (const piece of pieces(bytes, below)) reader.push(piece)
      } catch (error) {
        if (!isTyped(error)) throw new Error(`input ${index} of seed ${SEED}: ${error}`, { cause: error })
        refused++
      }
      if (index === Math.floor(READER_INPUTS / 10)) heapAtTenth = memoryInUse().heapUsed
    }
    expect(refused).toBeGreaterThan(READER_INPUTS / 20)
    expect(refused).toBeLessThan(READER_INPUTS)
    expect(memoryInUse().heapUsed - heapAtTenth).toBeLessThan(MAX_GROWTH_BYTES)
  },
  TIMEOUT_MS,
)

test(
  `a client takes ${CLIENT_INPUTS} of them: each call ends once, with an answer or a typed error`,
  async () => {
    const below = random(SEED + 1)
    const unhandled: unknown[] = []
    const listener = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', listener)
    onTestFinished(() => void process.off('unhandledRejection', listener))
    let heapAtTenth = 0
    for (let index = 0; index < CLIENT_INPUTS; index++) {
      if (index === Math.floor(CLIENT_INPUTS / 10)) heapAtTenth = memoryInUse().heapUsed
      const bytes = mutate(corpus[below(corpus.length)] ?? Buffer.alloc(0), below)
      const [near, far] = linkedPair()
      far.on('data', () => {})
      const connecting = QmpClient.connect(near, { maxMessageBytes: 30_000, oob: index % 2 === 0 })
      for (const piece of pieces(bytes, below)) far.write(piece)
      far.end()
      const ended = await connecting.then(
        async (client) => {
          const stream = client.events()
          const work = [
            ...Array.from({ length: 12 }, () => client.execute('query-status')),
            client.waitFor('STOP'),
            (async () => {
              for await (const event of stream)
                if (typeof event.event !== 'string') throw new Error('no name')
            })(),
          ]
          const results = await Promise.allSettled(work)
          await client.close()
          return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
        },
        (error: unknown) => [error],
      )
      for (const error of ended) {
        if (!(error instanceof QemuLaunchError))
          throw new Error(`input ${index} of seed ${SEED}`, { cause: error })
      }
    }
    expect(unhandled).toEqual([])
    expect(memoryInUse().heapUsed - heapAtTenth).toBeLessThan(MAX_GROWTH_BYTES)
  },
  TIMEOUT_MS,
)
