import { open } from 'node:fs/promises'
import type { SavedState } from '../launch/origin.ts'

interface Version {
  readonly major: number
  readonly minor: number
}

/** Whether a QEMU reads a state from a file, and maps a file that it cannot write as memory that it can: 8.2 is the first. */
export function readsFiles({ major, minor }: Version): boolean {
  return major > 8 || (major === 8 && minor >= 2)
}

/** A state as QEMU reads it: by itself, or from a file that it inherits, behind its monitor. */
export async function openState(
  path: string,
  by: { readonly readsFiles: boolean },
): Promise<SavedState & AsyncDisposable> {
  if (by.readsFiles) return { uri: `file:${path}`, async [Symbol.asyncDispose]() {} }
  const file = await open(path)
  return { uri: 'fd:4', fd: file.fd, [Symbol.asyncDispose]: () => file.close() }
}
