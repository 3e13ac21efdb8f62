import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Attachment,
  attachmentMoves,
  type End,
  type Facts,
  next,
  type Request,
} from '../../../src/vm/attachments/attachment.ts'
import { type Effects, reconcile } from '../../../src/vm/attachments/reconcile.ts'

/** Every move, written down a second time. */
const moves = [
  'attaching | present | set attached',
  'attaching | unused, answers | end',
  'attaching | gone, silent, silent with force | sever',
  'attached | present | nothing',
  'attached | unused, answers | end',
  'attached | silent | wait for server',
  'attached | gone, silent with force | sever',
  'detaching | present | wait for guest',
  'detaching | unused, answers | end',
  'detaching | silent | wait for server',
  'detaching | gone, silent with force | sever',
].flatMap((line) => {
  const [phase, situations = '', move] = line.split(' | ')
  return situations.split(', ').map((situation) => `${phase} | ${situation} | ${move}`)
})

const inWords = (situation: string) => situation.replace('silent, force', 'silent with force')

test('the table has these moves and no other', () => {
  const rows = Object.entries(attachmentMoves).flatMap(([phase, by]) =>
    Object.entries(by).map(([situation, move]) => `${phase} | ${inWords(situation)} | ${move}`),
  )
  expect(rows.sort()).toEqual(moves.toSorted())
})

test('the README has the table', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| `(attaching|attached|detaching)` \| ([^|]+) \| ([^|]+) \|$/gm)]
  const found = rows.flatMap(([, phase, situations = '', move]) =>
    situations.split(', ').map((situation) => `${phase} | ${situation} | ${move}`),
  )
  expect(found.sort()).toEqual(moves.toSorted())
})

const absent: Facts = { device: 'absent', backend: 'connected', server: 'silent' }

describe('the situation', () => {
  test.each<[string, Partial<Attachment>, Facts, Request, string]>([
    [
      'a device that is present decides alone',
      {},
      { ...absent, device: 'present' },
      { force: true },
      'nothing',
    ],
    ['an idle backend waits for no server', {}, { ...absent, backend: 'idle' }, {}, 'end'],
    ['a severed backend waits for no server', { severed: true }, absent, {}, 'end'],
    ['a silent server is waited for', {}, absent, {}, 'wait for server'],
    ['a silent server is severed by force', {}, absent, { force: true }, 'sever'],
    ['silence of a single-client server tells nothing', { singleClient: true }, absent, {}, 'end'],
    ['force severs a single-client server too', { singleClient: true }, absent, { force: true }, 'sever'],
    ['a server that is gone is severed', {}, { ...absent, server: 'gone' }, {}, 'sever'],
  ])('%s', (_title, attachment, facts, request, move) => {
    expect(next({ phase: 'attached', ...attachment }, facts, request)).toBe(move)
  })
})

/** The death of a process. */
class Crash extends Error {}

type Change = 'nothing' | 'the guest lets go' | Facts['server']

/** A QEMU in memory, its guest, a server and the record of one attachment, which outlive every process. */
class World {
  record: Attachment | undefined
  end: End | undefined
  isObject = false
  isNode = false
  isDevice = false
  isSevered = false
  server: Facts['server'] = 'answers'
  changes: Change[]

  constructor(changes: readonly Change[]) {
    this.changes = [...changes]
  }

  /** What guest and server do of themselves, before any effect of ours. */
  goOn(): void {
    const change = this.changes.shift() ?? 'nothing'
    if (change === 'the guest lets go') this.isDevice = false
    else if (change !== 'nothing') this.server = change
  }

  check(): void {
    expect(this.isDevice && this.record === undefined, 'a device without a record').toBe(false)
    expect(this.isDevice && !this.isNode, 'a device without a backend').toBe(false)
  }
}

/** A process that dies before its effect number `dies / 2`, or after it. */
class Process {
  readonly #world: World
  #left: number

  constructor(world: World, dies: number) {
    this.#world = world
    this.#left = dies
  }

  /** Does its work, to the end or to its death. */
  async run(work: (process: Process) => Promise<void>): Promise<void> {
    await work(this).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error
    })
    this.#world.check()
  }

  async attach(): Promise<void> {
    const world = this.#world
    await this.#do(() => Object.assign(world, { record: { phase: 'attaching' } }))
    await this.#do(() => Object.assign(world, { isObject: true }))
    await this.#do(() => Object.assign(world, { isNode: true }))
    await this.#do(() => Object.assign(world, { isDevice: true }))
    await this.#do(() => Object.assign(world, { record: { phase: 'attached' } }))
  }

  async beginDetach(): Promise<void> {
    const { record } = this.#world
    if (record?.phase === 'attached')
      await this.#do(() => Object.assign(this.#world, { record: { phase: 'detaching' } }))
  }

  async reconcile(request: Request): Promise<void> {
    const world = this.#world
    const { record } = world
    if (record === undefined) return
    let mayStall = false
    const effects: Effects = {
      look: async () => {
        world.goOn()
        mayStall = world.isNode && !world.isSevered && world.server !== 'answers'
        const backend = world.isNode && !world.isSevered ? 'connected' : 'idle'
        return { device: world.isDevice ? 'present' : 'absent', backend, server: world.server }
      },
      setAttached: () => this.#do(() => Object.assign(world, { record: { phase: 'attached' } })),
      sever: () =>
        this.#do(() => {
          world.isSevered = true
          mayStall = false
        }),
      removeBackend: async () => {
        expect(mayStall, 'QEMU is made to wait for a server that is known not to answer').toBe(false)
        expect(world.isDevice, 'the backend is taken from under the guest').toBe(false)
        await this.#do(() => Object.assign(world, { isNode: false }))
        await this.#do(() => Object.assign(world, { isObject: false }))
      },
      end: (how) =>
        this.#do(() => {
          expect(world.end, 'two ends of one attachment').toBeUndefined()
          expect(how).toBe(endOf[record.phase])
          Object.assign(world, { record: undefined, end: how })
        }),
    }
    await reconcile(record, effects, request)
  }

  async #do(effect: () => unknown): Promise<void> {
    this.#world.goOn()
    if (this.#left-- === 0) throw new Crash()
    effect()
    this.#world.check()
    if (this.#left-- === 0) throw new Crash()
  }
}

const endOf = { attaching: 'failed', attached: 'ejected', detaching: 'detached' } as const
const runs = process.env.QEMU_LAUNCH_LONG === '1' ? 100_000 : 3_000
const never = -1

test('wherever processes die, those that follow bring an attachment to its one right end', async () => {
  const dies = fc.integer({ min: never, max: 12 })
  const changes = fc.array(
    fc.constantFrom<Change>('nothing', 'nothing', 'the guest lets go', 'answers', 'silent', 'gone'),
    { maxLength: 30 },
  )
  const others = fc.array(fc.record({ dies, force: fc.boolean(), detaches: fc.boolean() }), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(changes, dies, others, async (changes, attachDies, others) => {
      const world = new World(changes)
      await new Process(world, attachDies).run((process) => process.attach())
      // Each holds the lock, until it is done or dies.
      for (const { detaches, dies, force } of others) {
        await new Process(world, dies).run(async (process) => {
          if (detaches) await process.beginDetach()
          await process.reconcile({ force })
        })
      }
      // From now on guest and server stay as they are.
      world.changes = []
      const { phase } = world.record ?? {}
      await new Process(world, never).run((process) => process.reconcile({}))
      if (world.isDevice) {
        expect(world.record?.phase).toBe(phase === 'attaching' ? 'attached' : phase)
        expect(world.end).toBeUndefined()
        return
      }
      if (world.record !== undefined) {
        expect([world.server, world.isNode], 'only a silent server is waited for').toEqual(['silent', true])
        world.server = 'answers'
        await new Process(world, never).run((process) => process.reconcile({}))
      }
      expect([world.record, world.isNode, world.isObject]).toEqual([undefined, false, false])
    }),
    { numRuns: runs },
  )
})
