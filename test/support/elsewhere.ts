import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

/** Starts a program that uses the package as a process of its own; the values are its constants, by their names. */
export function startElsewhere(program: string, values: object, stdout: 'inherit' | 'pipe'): ChildProcess {
  const constants = `const { ${Object.keys(values).join(', ')} } = JSON.parse(process.argv[1])\n`
  return spawn(
    process.execPath,
    ['--input-type=module', '--eval', constants + program, JSON.stringify(values)],
    { cwd: packageRoot, stdio: ['ignore', stdout, 'inherit'] },
  )
}

/** Runs such a program, and tells how it ended. */
export async function runElsewhere(program: string, values: object): Promise<NodeJS.Signals | number> {
  const [code, signal]: (number | NodeJS.Signals | null)[] = await once(
    startElsewhere(program, values, 'inherit'),
    'exit',
  )
  return signal ?? code ?? -1
}

/** All that such a program says on its pipe, until it has killed itself. To be called at once: it may be over before anybody asks. */
export async function wordsUntilKilled(child: ChildProcess): Promise<string> {
  const closed = once(child, 'close')
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [, signal]: unknown[] = await closed
  expect(signal).toBe('SIGKILL')
  return said
}

/** Before a step is sent, while it is under way, and after its answer. */
const moments = ['before', 'during', 'after'] as const
export type Moment = (typeof moments)[number]

/** Every place to die at in a plan: `[step, its command, moment]`. */
export const boundaries = (commands: readonly string[]) =>
  commands.flatMap((command, step) => moments.map((moment) => [step, command, moment] as const))

/** For such a program: `die()`, and `dieAt(step, moment)`, the hooks that end it there in its next attach or detach. */
export const dying = `
  const die = () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}) }
  const dieAt = (step, moment) => {
    let sent = 0
    let answered = 0
    return {
      onStep: () => {
        if (sent++ !== step) return
        if (moment === 'before') return die()
        if (moment === 'during') setImmediate(die)
      },
      onAnswer: () => {
        if (answered++ === step && moment === 'after') process.kill(process.pid, 'SIGKILL')
      },
    }
  }
`
