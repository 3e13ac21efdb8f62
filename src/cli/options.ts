import type { Readable, Writable } from 'node:stream'
import type { CloneMethod } from '../volumes/index.ts'
import type { Context } from './context.ts'

export interface GlobalOptions {
  readonly stateDir?: string
  readonly json?: boolean
}

/** The options of all commands; each command reads its own. */
export interface Options extends GlobalOptions {
  readonly detach?: true
  readonly dryRun?: true
  readonly force?: true
  readonly timeoutMs?: number
  readonly waitMs?: number
  readonly unmount?: true
  readonly id?: string
  readonly preset?: 'safe' | 'hive'
  /** Of `render`: shell, lines or json; of `image`: raw or qcow2. */
  readonly format?: string
  readonly size?: number
  readonly readyText?: string
  readonly from?: string
  readonly exec?: string
  readonly paused?: true
  readonly shrink?: true
  readonly backing?: string
  readonly method?: CloneMethod | 'auto'
  readonly kind?: 'full' | 'incremental' | 'auto'
  readonly speed?: number
  readonly qemu?: string
  readonly vms?: number
  readonly printSysctl?: true
  readonly follow?: true
  readonly lines?: number
  readonly previous?: true
  readonly env?: string[]
  readonly stdin?: true
  readonly maxMib?: number
  readonly for?: string
  readonly label?: Readonly<Record<string, string>>
  readonly quiet?: true
  readonly trace?: true
  readonly count?: number
  readonly intervalMs?: number
  readonly listen?: string
  readonly rules?: true
  readonly budgetMs?: number
}

/** The action of a command. It returns the exit code, or undefined for 0; `exec` returns that of its program. */
export type Action = (
  context: Context,
  options: Options,
  ...args: (string | undefined)[]
) => Promise<number | undefined>

interface Terminal {
  readonly isTTY?: boolean
}

/** The size of a terminal, where it is one. */
interface Screen extends Terminal {
  readonly columns?: number
  readonly rows?: number
}

/** Where a command reads and writes: those of the process, or a test's. */
export interface Streams {
  readonly stdin: Readable & Terminal & { setRawMode?(on: boolean): unknown; unref?(): unknown }
  readonly stdout: Writable & Screen
  readonly stderr: Writable & Screen
}
