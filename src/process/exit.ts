import type { ProcessExit } from './spawn.ts'

/** One clause for people: `exit status 1`, `killed by SIGKILL`. */
export function describeExit({ exitCode, signal }: ProcessExit): string {
  if (signal !== undefined) return `killed by ${signal}`
  return exitCode === undefined ? 'exit status unknown' : `exit status ${exitCode}`
}
