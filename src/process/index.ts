export { ProcessError } from './errors.ts'
export * from './forms.ts'
export {
  commandLine,
  findAllByOutput,
  findByOutput,
  identifyProcess,
  isAlive,
  isStopped,
  type ProcessIdentity,
  type SearchOptions,
  searchProcesses,
  signalProcess,
  untilGone,
} from './identity.ts'
export { type LimitedLog, limitLogs, olderLog } from './limit-logs.ts'
export { acquireLock, knock, type Lock, type LockOptions, type LockPlace } from './lock.ts'
export { lastLines, readEnd, readTail } from './log-tail.ts'
export { outputOf } from './output.ts'
export { waitUntilReady } from './readiness.ts'
export { socketsOf } from './sockets.ts'
export { type Child, spawnProcess } from './spawn.ts'
export { type StopStep, stopLadder } from './stop.ts'
export { currentDirectory, fileOfProgram } from './surroundings.ts'
export { useOfSocket } from './unix-sockets.ts'
export { type ProcessUsage, type ThreadUsage, threadsOf, usageOf } from './usage.ts'
