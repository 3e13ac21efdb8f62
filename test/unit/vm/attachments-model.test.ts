import fc, { type Scheduler } from 'fast-check'
import { expect, test } from 'vitest'
import type { Attachment, End, Facts, Request } from '../../../src/vm/attachments/attachment.ts'
import { type Effects, reconcile, settle } from '../../../src/vm/attachments/reconcile.ts'

/*
 * Several processes attach and detach one volume of one VM, look after it, and die wherever they may; QEMU, the guest and the
 * NBD server live on in memory. `reconcile` and its table are the real ones.
 */

/** The death of a process. */
class Crash extends Error {}

interface Live extends Attachment {
  readonly generation: number
  readonly server?: number | undefined
}

interface Ended {
  readonly generation: number
  readonly how: End
  readonly severed: boolean
  readonly server?: number | undefined
}

type Change = 'nothing' | 'guest hears' | 'guest ejects' | 'guest writes' | Facts['server']

/** What was wrong once: with a mend taken out, the model finds the fault. */
type Fault = 'none' | 'a yank counts as a fence' | 'a server starts before its record'

class World {
  readonly fault: Fault
  readonly scheduler: Scheduler
  changes: Change[]
  // The record.
  live: Live | undefined
  ended: Ended[] = []
  generations = 0
  // QEMU.
  hasObject = false
  hasNode = false
  hasDevice = false
  hasFilter = false
  isBroken = false
  isAsked = false
  /** A request of the guest that has not ended. */
  write: 'none' | 'waits' = 'none'
  // The volume's server, as the node finds it, and the processes that were started for it.
  server: Facts['server'] = 'answers'
  servers = 0
  readonly running = new Set<number>()
  readonly recorded = new Set<number>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(scheduler: Scheduler, changes: readonly Change[], fault: Fault) {
    this.scheduler = scheduler
    this.changes = [...changes]
    this.fault = fault
  }

  /** What guest and server do of themselves, before any effect of ours. */
  goOn(): void {
    const change = this.changes.shift() ?? 'nothing'
    if (change === 'guest hears') this.#letGo(this.isAsked)
    else if (change === 'guest ejects') this.#letGo(true)
    else if (change === 'guest writes') this.#write()
    else if (change !== 'nothing') this.server = change
    this.deliver()
  }

  #letGo(does: boolean): void {
    // What it waits for keeps the disk.
    if (does && this.write === 'none') this.hasDevice = false
  }

  #write(): void {
    if (this.hasDevice && !this.hasFilter && !this.isBroken) this.write = 'waits'
  }

  /** A request goes out with the next connection, until that was broken for good. */
  deliver(): void {
    if (this.write === 'none' || this.server !== 'answers') return
    const { severed = false } = this.live ?? {}
    expect(severed, 'a write reaches the server of a volume that is said to be severed').toBe(false)
    this.write = 'none'
  }

  /** Out of band: heard while there is a connection, and only then. */
  yank(): void {
    if (!this.hasNode || this.server === 'gone') return
    this.isBroken = true
    this.write = 'none'
  }

  /** One process after the other has the lock; it is let go of by a death too. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#turn
    let done = () => {}
    this.#turn = new Promise<void>((resolve) => {
      done = resolve
    })
    await before
    try {
      return await work()
    } finally {
      done()
    }
  }

  check(): void {
    expect(this.hasDevice && this.live === undefined, 'a device without a record').toBe(false)
    expect(this.hasDevice && !this.hasNode, 'a device without a backend').toBe(false)
    expect(this.hasNode && !this.hasObject, 'a node without its iothread').toBe(false)
    const lost = [...this.running].filter((server) => !this.recorded.has(server))
    expect(lost, 'a server that nobody can find').toEqual([])
    const stopped = this.live?.server
    if (stopped !== undefined && this.live?.severed !== true)
      expect(this.running.has(stopped), 'the server of a volume that is there was stopped').toBe(true)
    const generations = this.ended.map(({ generation }) => generation)
    expect(new Set(generations).size, 'two ends of one attachment').toBe(generations.length)
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
  async run(work: (process: Process) => Promise<unknown>): Promise<void> {
    await work(this).catch((error: unknown) => {
      if (!(error instanceof Crash) && error !== refused) throw error
    })
  }

  async attach(withServer: boolean): Promise<void> {
    const world = this.#world
    const server = withServer ? await this.#startServer() : undefined
    await this.reconcile({})
    await world.alone(async () => {
      if (world.live !== undefined) return
      const generation = ++world.generations
      await this.#do(() => {
        world.live = { generation, phase: 'attaching', server }
      })
      await settle(this.#effects('new'), { attach: 'new' })
    })
  }

  /** As `keepRunning` does with a volume that it has put on record as queued. */
  async attachQueued(): Promise<void> {
    if (this.#world.live?.phase === 'queued') await reconcile(this.#effects(), { attach: 'again' })
  }

  async reconcile(request: Request): Promise<void> {
    const { live } = this.#world
    if (request.detach === true && live === undefined) return
    await reconcile(this.#effects(), request)
    await this.#stopServers()
  }

  async #connect(): Promise<void> {
    const world = this.#world
    await this.#do(() => {
      world.hasObject = true
    })
    await this.#do(() => {
      Object.assign(world, { hasNode: true, hasFilter: false, isBroken: false, isAsked: false })
    })
    await this.#do(() => {
      world.hasDevice = true
    })
    await this.#do(() => this.#patch({ phase: 'attached' }))
  }

  async #startServer(): Promise<number> {
    const world = this.#world
    const server = ++world.servers
    const steps = [() => world.recorded.add(server), () => world.running.add(server)]
    if (world.fault === 'a server starts before its record') steps.reverse()
    for (const step of steps) await this.#do(step)
    return server
  }

  /** Those of attachments that have ended. */
  async #stopServers(): Promise<void> {
    const world = this.#world
    for (const each of world.ended.filter(({ server }) => server !== undefined)) {
      await this.#do(() => world.running.delete(each.server ?? 0))
      await this.#do(() => {
        world.ended = world.ended.map((one) => (one === each ? { ...one, server: undefined } : one))
      })
    }
  }

  #effects(attach?: 'new'): Effects {
    const world = this.#world
    let first: number | undefined
    let mayStall = false
    return {
      alone: (work) => world.alone(work),
      read: async () => {
        first ??= world.live?.generation
        return world.live?.generation === first ? world.live : undefined
      },
      look: async () => {
        if (attach === 'new') return { device: 'absent', backend: 'absent', server: 'answers' }
        await this.#do(() => {})
        const server = world.server
        if (world.hasDevice) return { device: 'present', backend: 'connected', server }
        const isConnected = world.hasNode && !world.isBroken
        mayStall = isConnected && server !== 'answers'
        return { device: 'absent', backend: isConnected ? 'connected' : 'idle', server }
      },
      set: (phase, how) => this.#do(() => this.#patch(phase === 'removing' ? { phase, how } : { phase })),
      refuse: () => {
        throw refused
      },
      fence: () => this.#fence(),
      askGuest: async () => {
        await this.#do(() => {
          world.isAsked = true
        })
        // For as long as it waits.
        await this.#do(() => {})
      },
      sever: () =>
        this.#do(() => {
          world.yank()
          mayStall = false
        }),
      attach: () => this.#connect(),
      removeBackend: async () => {
        expect(world.hasDevice, 'the backend is taken from under the guest').toBe(false)
        const { cut, severed } = world.live ?? {}
        const stalls = mayStall && cut !== true && severed !== true
        expect(stalls, 'QEMU is made to wait for a server that is known not to answer').toBe(false)
        await this.#do(() => {
          Object.assign(world, { hasNode: false, hasFilter: false, write: 'none' })
        })
        await this.#do(() => {
          world.hasObject = false
        })
      },
      end: (how) =>
        this.#do(() => {
          const { generation = 0, server, severed = false } = world.live ?? {}
          world.ended.push({ generation, how, severed, server })
          world.live = undefined
        }),
    }
  }

  async #fence(): Promise<void> {
    const world = this.#world
    await this.#do(() => this.#patch({ cut: true }))
    if (world.fault === 'a yank counts as a fence') {
      await this.#do(() => world.yank())
      await this.#do(() => this.#patch({ severed: true }))
      return
    }
    if (world.server === 'silent') await this.#do(() => world.yank())
    let isRaised = false
    await this.#do(() => {
      // QEMU puts a filter there only when no request is under way.
      isRaised = world.write === 'none'
      world.hasFilter ||= isRaised
    })
    if (isRaised) await this.#do(() => this.#patch({ severed: true }))
  }

  #patch(patch: Partial<Live>): void {
    const { live } = this.#world
    if (live !== undefined) this.#world.live = { ...live, ...patch }
  }

  async #do(effect: () => unknown): Promise<void> {
    const world = this.#world
    await world.scheduler.schedule(Promise.resolve())
    world.goOn()
    if (this.#left-- === 0) throw new Crash()
    effect()
    world.check()
    if (this.#left-- === 0) throw new Crash()
  }
}

const refused = new Error('refused')
const never = -1
const change = fc.constantFrom<Change>(
  ...(['nothing', 'nothing', 'guest hears', 'guest hears', 'guest ejects', 'guest writes'] as const),
  ...(['answers', 'silent', 'gone'] as const),
)
const work = fc.record({
  does: fc.constantFrom(
    'attach' as const,
    'attach' as const,
    'detach' as const,
    'look' as const,
    'queued' as const,
  ),
  dies: fc.oneof(fc.constant(never), fc.integer({ min: 0, max: 24 })),
  force: fc.boolean(),
  withServer: fc.boolean(),
})
const input = fc.record({
  scheduler: fc.scheduler(),
  changes: fc.array(change, { maxLength: 60 }),
  begins: fc.constantFrom('empty' as const, 'queued' as const, 'attached' as const),
  works: fc.array(work, { minLength: 1, maxLength: 5 }),
})
type Input = typeof input extends fc.Arbitrary<infer T> ? T : never

async function play({ begins, changes, scheduler, works }: Input, fault: Fault): Promise<void> {
  const world = new World(scheduler, changes, fault)
  if (begins !== 'empty') world.live = { generation: ++world.generations, phase: begins }
  if (begins === 'attached') Object.assign(world, { hasObject: true, hasNode: true, hasDevice: true })
  const first = works.map(({ dies, does, force, withServer }) =>
    new Process(world, dies).run((process) => {
      if (does === 'attach') return process.attach(withServer)
      if (does === 'queued') return process.attachQueued()
      return process.reconcile(does === 'detach' ? { detach: true, force } : {})
    }),
  )
  const last = async () => {
    await Promise.all(first)
    // From now on guest and server stay as they are.
    world.changes = []
    const { phase } = world.live ?? {}
    const look = () => new Process(world, never).run((process) => process.reconcile({}))
    await look()
    if (world.hasDevice) {
      const isMade = phase === 'attaching' || phase === 'queued'
      expect(world.live?.phase).toBe(isMade ? 'attached' : phase)
      return
    }
    if (world.live?.phase === 'removing') {
      expect([world.server, world.hasNode], 'only a silent server is waited for').toEqual(['silent', true])
      world.server = 'answers'
      await look()
    }
    if (world.live?.phase === 'queued') {
      // It waits for the owner.
      await new Process(world, never).run((process) => process.attachQueued())
      expect([world.live?.phase, world.hasDevice]).toEqual(['attached', true])
      return
    }
    expect(world.live).toBeUndefined()
    expect([world.hasNode, world.hasObject]).toEqual([false, false])
    expect(world.ended.filter(({ server }) => server !== undefined)).toEqual([])
  }
  await scheduler.waitFor(last())
}

const runs = process.env.QEMU_LAUNCH_LONG === '1' ? 100_000 : 3_000

test('wherever processes die, those that follow bring an attachment to its one right end', {
  timeout: 3_600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(input, (each) => play(each, 'none')),
    { numRuns: runs, includeErrorInReport: true },
  )
})

test.each<[Fault, RegExp, Partial<Input>]>([
  [
    'a yank counts as a fence',
    /a write reaches the server of a volume that is said to be severed/,
    { begins: 'attached', works: [{ does: 'detach', dies: never, force: true, withServer: false }] },
  ],
  ['a server starts before its record', /a server that nobody can find/, { begins: 'empty' }],
])('the model finds the fault when %s', { timeout: 120_000 }, async (fault, what, part) => {
  const property = fc.asyncProperty(input, (each) => play({ ...each, ...part }, fault))
  const found = fc.assert(property, { numRuns: 20_000, includeErrorInReport: true, endOnFailure: true })
  await expect(found).rejects.toThrow(what)
  // It is the fault that is found, and nothing else.
  await fc.assert(
    fc.asyncProperty(input, (each) => play({ ...each, ...part }, 'none')),
    { numRuns: 300 },
  )
})
