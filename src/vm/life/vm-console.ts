import { settledWithin } from '../../util/deadline.ts'
import { LogKeeper, type LogKeeperParts } from '../logs/log-keeper.ts'
import type { ConsoleRelay } from './console.ts'

const lastWordsMs = 200

/** What an owner does for a guest's console: it serves it to viewers, and sees that its log stays small. */
export class VmConsole implements AsyncDisposable {
  readonly #relay: ConsoleRelay | undefined
  readonly #keeper: LogKeeper

  constructor(relay: ConsoleRelay | undefined, keeper: LogKeeper) {
    this.#relay = relay
    this.#keeper = keeper
  }

  /** Takes the log into care. */
  begin(onUnlimited: (message: string) => void): void {
    this.#keeper.begin(onUnlimited)
  }

  /** Nobody is served any more; the log is cared for until QEMU ends. The record may be busy: that is waited for 200 ms. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.#relay?.[Symbol.asyncDispose](),
      settledWithin(this.#keeper.begun(), lastWordsMs),
    ])
  }
}

/** A console with its log. @throws what the relay rejects with. */
export async function withLog(
  relay: Promise<ConsoleRelay | undefined>,
  log: LogKeeperParts,
): Promise<VmConsole> {
  return new VmConsole(await relay, new LogKeeper(log))
}
