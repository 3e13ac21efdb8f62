import { dirname } from 'node:path'
import { isAlive, type LimitedLog, limitLogs, type ProcessIdentity } from '../../process/index.ts'
import { callAfter } from '../../util/timer.ts'
import { messageOf } from '../errors.ts'
import type { VmPaths } from '../record/paths.ts'
import { VmStore } from '../record/vm-store.ts'
import { pruneLogs } from './log-files.ts'

export interface LogKeeperParts {
  readonly id: string
  readonly paths: VmPaths
  readonly qemu: ProcessIdentity
  readonly logs: readonly LimitedLog[]
  /** On record from an owner before. */
  readonly before?: ProcessIdentity | undefined
}

// To start a process takes this one some ms, in which it does nothing else: the launch is to be over by then.
const momentMs = 50

// It ends by itself with QEMU only. Something that kills it again and again wants it gone.
const maxStarts = 5

/**
 * Keeps the logs of a VM within their limits by a process that works on when this one hangs, dies or leaves the VM, and ends
 * with QEMU. It is started again when it dies before.
 */
export class LogKeeper {
  readonly #parts: LogKeeperParts
  readonly #store: VmStore
  #starting: Promise<void> = Promise.resolve()
  #hurry = () => {}
  #starts = 0

  constructor(parts: LogKeeperParts) {
    const { id, paths, qemu } = parts
    this.#parts = parts
    this.#store = new VmStore({ id, paths, pid: qemu.pid })
  }

  /** Begins in a moment, in place of the one before. `onUnlimited` hears why the logs are not limited any more. */
  begin(onUnlimited: (message: string) => void): void {
    const moment = new Promise<void>((resolve) => {
      const callOff = callAfter(momentMs, resolve)
      this.#hurry = () => {
        callOff()
        resolve()
      }
    })
    this.#starting = moment.then(() => this.#begin(onUnlimited))
  }

  /** Has it begin at once, and resolves when it is at work, or has failed. */
  async begun(): Promise<void> {
    this.#hurry()
    await this.#starting
  }

  async #begin(onUnlimited: (message: string) => void): Promise<void> {
    const { before, logs, paths, qemu } = this.#parts
    if (before !== undefined) await endGroup(before)
    if (logs.length > 0 && (await livesStill(qemu))) await this.#start(onUnlimited)
    await pruneLogs(dirname(paths.dir))
  }

  async #start(onUnlimited: (message: string) => void): Promise<void> {
    const { logs, qemu } = this.#parts
    this.#starts++
    try {
      const { exited, pid, startTime, unref } = await limitLogs(qemu.pid, logs)
      unref()
      void exited.then(() => this.#ended(onUnlimited))
      await this.#store.set({ logKeeper: { pid, startTime } })
    } catch (error) {
      if (await livesStill(qemu)) onUnlimited(messageOf(error))
    }
  }

  async #ended(onUnlimited: (message: string) => void): Promise<void> {
    if (!(await livesStill(this.#parts.qemu))) return
    if (this.#starts < maxStarts) return this.#start(onUnlimited)
    onUnlimited(`what keeps them small has ended ${maxStarts} times`)
  }
}

const livesStill = (identity: ProcessIdentity) => isAlive(identity).catch(() => true)

/** Ends a process that leads a group, and the group. */
async function endGroup(leader: ProcessIdentity): Promise<void> {
  if (!(await isAlive(leader).catch(() => false))) return
  try {
    process.kill(-leader.pid, 'SIGTERM')
  } catch {
    // It has just ended.
  }
}
