// How a process ended, in words: for who starts none.
export { describeExit } from './exit.ts'
export type { ProcessExit } from './spawn.ts'
