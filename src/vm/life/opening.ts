import type { QmpClient } from '../../qmp/index.ts'
import { lifeOf, movesState, type VmLife } from './lifecycle.ts'
import type { VmConsole } from './vm-console.ts'

/** What goes on while QEMU is asked for the first time. */
export interface Opening {
  readonly console?: Promise<VmConsole> | undefined
  /** Called with the machine type as soon as QEMU has told it. */
  readonly onMachine?: ((machine: string) => Promise<void>) | undefined
  /** Nobody waits for it any more: `take` is not called. */
  readonly givenUp?: AbortSignal | undefined
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
  { console, givenUp, onMachine, timeoutMs = answerTimeoutMs }: Opening,
  take: (opened: Opened) => T,
): Promise<T> {
  // An event that came with the answer may be newer than it.
  let changed = true
  const unsubscribe = qmp.on('*', ({ event }) => {
    changed ||= movesState(event)
  })
  let life = lifeOf('running')
  const askLife = async () => {
    while (changed) {
      changed = false
      life = lifeOf((await qmp.execute('query-status', undefined, { timeoutMs })).status)
    }
  }
  const askMachine = async () => {
    const type = await qmp.execute('qom-get', { path: '/machine', property: 'type' }, { timeoutMs })
    const machine = String(type).replace(/-machine$/, '')
    await onMachine?.(machine)
    return machine
  }
  try {
    const [machine, relay] = await Promise.all([askMachine(), console, askLife()])
    // Or came while the others were waited for.
    await askLife()
    givenUp?.throwIfAborted()
    return take({ machine, life, console: relay })
  } finally {
    unsubscribe()
  }
}
