import { readFile } from 'node:fs/promises'

/** Names one process for good: a pid is reused, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number
  /** Field 22 of /proc/PID/stat: clock ticks between boot and the start of the process. */
  readonly startTime: string
}

interface ProcStat {
  readonly state: string
  readonly startTime: string
}

async function readStat(pid: number): Promise<ProcStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  if (text === undefined) return undefined
  // The command name, field 2, may hold spaces and parentheses: count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, startTime] = [fields[0], fields[19]]
  return state === undefined || startTime === undefined ? undefined : { state, startTime }
}

const isDead = ({ state }: ProcStat) => state === 'Z' || state === 'X'

/** The identity of a living process; undefined when there is none with this pid. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readStat(pid)
  return stat === undefined || isDead(stat) ? undefined : { pid, startTime: stat.startTime }
}

/** True while exactly this process lives; a zombie counts as dead. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.startTime === identity.startTime
}

/** The words a living process was started with; empty when it is gone or not ours to read. */
export async function commandLine(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return text.split('\0').slice(0, -1)
}
