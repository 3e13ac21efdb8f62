import { once, setMaxListeners } from 'node:events'
import { dirname } from 'node:path'
import { reattachVm, type Vm, type VmVisitor } from 'qemu-launch'
import { type NbdServer, VolumeError, type VolumeSpecInput } from 'qemu-launch/volumes'
import { expect } from 'vitest'
import type { GuestConsole } from '../guest-console.ts'
import type { Below } from '../random.ts'
import { bootGuest, connectConsole, recorded, startDisk } from '../vm.ts'
import { Witness } from './witness.ts'

/** For what a guest does: a machine with other work may take long over it. */
const patienceMs = 120_000

/** One volume from its attach to its end, with a server that nobody else uses. */
export interface Turn {
  readonly id: string
  readonly server: NbdServer
  readonly spec: VolumeSpecInput
}

/** The guest under test and what the turns share. */
export class Bench implements AsyncDisposable {
  vm: Vm
  console: GuestConsole
  readonly below: Below
  readonly witness: Witness
  /** A signal that is given to every call and never aborted. */
  readonly never = new AbortController().signal
  #turns = 0
  #idle: NbdServer[] = []
  #visits: Promise<unknown> = Promise.resolve()

  private constructor(vm: Vm, console: GuestConsole, witness: Witness, below: Below) {
    this.vm = vm
    this.console = console
    this.witness = witness
    this.below = below
    // As many calls hear it as there are volumes.
    setMaxListeners(0, this.never)
  }

  static async boot(ports: number, below: Below): Promise<Bench> {
    const { vm, console } = await bootGuest({ config: { hotplugPorts: ports } })
    try {
      const witness = await Witness.attach(vm)
      await witness.start(console)
      return new Bench(vm, console, witness, below)
    } catch (error) {
      await vm.kill()
      throw error
    }
  }

  /** A new volume, never had before, on a server that may have served others. */
  async turn(): Promise<Turn> {
    const id = `v${++this.#turns}`
    const server = this.#idle.pop() ?? (await startDisk({ parameters: { size: '4M' }, plugin: 'memory' }))
    // QEMU stands still while it waits for a server that is dead.
    return { id, server, spec: { id, uri: server.uri, openTimeoutSeconds: 3, reconnectDelaySeconds: 1 } }
  }

  /** After a turn: its volume is gone without a trace on record. A server that runs serves the next. */
  async end({ id, server }: Turn, serverLives: boolean): Promise<void> {
    expect(recorded(this.vm).map(([other]) => other)).not.toContain(id)
    if (serverLives) this.#idle.push(server)
    else await server.stop()
  }

  async attach({ id, spec }: Turn, server?: NbdServer): Promise<string> {
    const volume = await this.vm.volumes.attach(spec, { server, signal: this.never })
    expect(volume).toMatchObject({ id, state: 'attached' })
    return volume.port ?? ''
  }

  /** Detaches what is there; from a server that is dead, QEMU is cut off first. */
  async detach({ id }: Turn, how: { readonly severed?: true } = {}): Promise<void> {
    const outcome = await this.vm.volumes.detach(id, { waitMs: patienceMs, signal: this.never })
    expect(outcome).toEqual({ outcome: 'detached', id, ...how })
  }

  /** Detaches what was to be detached before: it may have gone meanwhile. */
  async detachAgain(turn: Turn): Promise<void> {
    await this.detach(turn).catch((error: unknown) => {
      if (!(error instanceof VolumeError && error.code === 'VOLUME_NOT_FOUND')) throw error
    })
  }

  seen({ id }: Turn): Promise<string> {
    return this.console.waitForDisk(id, { timeoutMs: patienceMs })
  }

  /** Waits for an event about this volume, from now on. */
  async told(name: 'VOLUME_DETACHED' | 'VOLUME_EJECTED', { id }: Turn): Promise<void> {
    const events = this.vm.events({ names: [name], signal: AbortSignal.timeout(patienceMs) })
    for await (const { data } of events) if (data.id === id) return
    throw new Error(`${name} of ${id} did not come`)
  }

  /** Visitors come one after the other, since QEMU has two seats and the owner is on one. */
  visit<T>(work: () => Promise<T>): Promise<T> {
    const visit = this.#visits.then(work)
    this.#visits = visit.catch(() => {})
    return visit
  }

  visitor(): Promise<VmVisitor> {
    return reattachVm(this.vm.id, { stateDir: dirname(this.vm.paths.dir), owner: false })
  }

  /** Leaves the VM and takes it up again, as another process would. QEMU then learns who has left the queue for its monitor. */
  async handOver(): Promise<void> {
    const { id, paths } = this.vm
    this.console.close()
    await this.vm.detach()
    this.vm = await reattachVm(id, { stateDir: dirname(paths.dir) })
    this.witness.watch(this.vm)
    this.console = await connectConsole(this.vm)
    await this.console.waitForReady()
  }

  /** Ends every server but the witness's. */
  async stopServers(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((server) => server.stop()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.console.close()
    if (this.vm.state !== 'exited') await this.vm.kill()
    await this.stopServers()
    await this.witness.server.stop()
  }
}

/** Says of an error what went on, and what is on record now. */
export function inWords(bench: Bench, what: string, cause: unknown): Error {
  const record = JSON.stringify(recorded(bench.vm))
  return new Error(`${what}: ${cause instanceof Error ? cause.message : cause}; on record: ${record}`, {
    cause,
  })
}

/** Ends a server as a crash would. */
export async function kill(server: NbdServer): Promise<void> {
  process.kill(server.pid, 'SIGKILL')
  await server.exited
}

/** What an operation came to: its value, or the error's. */
export async function settled<T>(operation: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  return operation.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
}

/** Aborts after a while, unless what it is for has ended before. */
export async function abortedAfter<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(new Error('changed my mind')), ms)
  try {
    return await work(giveUp.signal)
  } finally {
    clearTimeout(timer)
  }
}

/** Holds a server still for a while. Resolves when it runs on. */
export async function holdStill(server: NbdServer, ms: number): Promise<void> {
  process.kill(server.pid, 'SIGSTOP')
  const over = new AbortController()
  setTimeout(() => over.abort(), ms)
  await once(over.signal, 'abort')
  process.kill(server.pid, 'SIGCONT')
}
