/** Something taken that may have to be given back. */
export interface Undo {
  readonly what: string
  readonly run: () => Promise<void> | void
}

/** What an undo could not give back. */
export interface UndoFailure {
  readonly what: string
  readonly error: unknown
}

/**
 * The undo of what was done so far. `run` gives back in reverse order, once, and goes on after a failure;
 * `keep` forgets everything, when the work is complete.
 */
export class UndoStack {
  #undos: Undo[] = []

  push(what: string, run: Undo['run']): void {
    this.#undos.push({ what, run })
  }

  keep(): void {
    this.#undos = []
  }

  async run(): Promise<readonly UndoFailure[]> {
    const failures: UndoFailure[] = []
    for (let undo = this.#undos.pop(); undo !== undefined; undo = this.#undos.pop()) {
      try {
        await undo.run()
      } catch (error) {
        failures.push({ what: undo.what, error })
      }
    }
    return failures
  }
}
