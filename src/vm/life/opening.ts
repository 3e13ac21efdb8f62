import type { QmpClient } from '../../qmp/index.ts'
import { lifeOf, movesState, type VmLife } from './lifecycle.ts'
import type { VmConsole } from './vm-console.ts'

/** The first questions to a QEMU: what it is, and where it is in its life. They are sent at once; wait for the answers later. */
export class FirstQuestions implements Disposable {
  readonly machine: Promise<string>
  readonly #qmp: QmpClient
  readonly #timeoutMs: number | undefined
  readonly #unsubscribe: () => void
  #life: Promise<VmLife>
  #hasMoved = false

  /** A machine that is on record is not asked for. */
  constructor(qmp: QmpClient, timeoutMs?: number, machine?: string) {
    this.#qmp = qmp
    this.#timeoutMs = timeoutMs
    this.#unsubscribe = qmp.on('*', ({ event }) => {
      this.#hasMoved ||= movesState(event)
    })
    this.machine = machine === undefined ? this.#askMachine() : Promise.resolve(machine)
    this.#life = this.#askLife()
    // Who waits for an answer gets its failure.
    for (const answer of [this.machine, this.#life]) answer.catch(() => {})
  }

  /** As of the turn in which it resolves: an event that came with the answer, or since, may be newer than it. */
  async life(): Promise<VmLife> {
    for (;;) {
      const life = await this.#life
      if (!this.#hasMoved) return life
      this.#hasMoved = false
      this.#life = this.#askLife()
    }
  }

  /** Say that something was done which no event reports. */
  moved(): void {
    this.#hasMoved = true
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }

  async #askMachine(): Promise<string> {
    const asked = { path: '/machine', property: 'type' }
    const type = await this.#qmp.execute('qom-get', asked, { timeoutMs: this.#timeoutMs })
    return String(type).replace(/-machine$/, '')
  }

  async #askLife(): Promise<VmLife> {
    return lifeOf((await this.#qmp.execute('query-status', undefined, { timeoutMs: this.#timeoutMs })).status)
  }
}

/** What goes on while QEMU is asked for the first time. */
export interface Opening {
  readonly console?: Promise<VmConsole> | undefined
  /** Called with the machine type as soon as QEMU has told it. */
  readonly onMachine?: ((machine: string) => Promise<void>) | undefined
  /** Nobody waits for it any more: `take` is not called. */
  readonly givenUp?: AbortSignal | undefined
  /** What was asked before. */
  readonly asked?: FirstQuestions | undefined
  /** For each answer; 30 s unless given. */
  readonly timeoutMs?: number | undefined
}

export interface Opened {
  readonly machine: string
  readonly life: VmLife
  readonly console: VmConsole | undefined
}

const answerTimeoutMs = 30_000

/**
 * What a QEMU is and where it is in its life, as of the turn in which `take` is called with it: no event is missed
 * between the answer and those that listen from then on.
 * @throws QmpError when QEMU does not answer; what the console and `onMachine` reject with; why it was given up.
 */
export async function openWith<T>(
  qmp: QmpClient,
  { asked, console, givenUp, onMachine, timeoutMs = answerTimeoutMs }: Opening,
  take: (opened: Opened) => T,
): Promise<T> {
  using questions = asked ?? new FirstQuestions(qmp, timeoutMs)
  const told = async () => {
    const machine = await questions.machine
    await onMachine?.(machine)
    return machine
  }
  const [machine, relay] = await Promise.all([told(), console])
  const life = await questions.life()
  givenUp?.throwIfAborted()
  return take({ machine, life, console: relay })
}
