import { readdir, readFile } from 'node:fs/promises'

/** What a process has used and holds. */
export interface ProcessUsage {
  /** Of all its threads, since its start. */
  readonly cpuSeconds: number
  readonly residentBytes: number
  /** Undefined, as the limit, for a process of another user. */
  readonly openFiles: number | undefined
  readonly openFilesLimit: number | undefined
}

/** What a thread has had of the host's CPUs since its start. */
export interface ThreadUsage {
  readonly tid: number
  readonly cpuSeconds: number
  /** How long it could have run and had no CPU. */
  readonly waitedSeconds: number
  /** How often it got one. */
  readonly runs: number
}

// Linux counts for programs in hundredths of a second on every machine that QEMU runs on, man 7 time.
const ticksPerSecond = 100

const read = (path: string) => readFile(path, 'utf8').catch(() => undefined)

/** What a process uses at this moment; undefined when it is gone. */
export async function usageOf(pid: number): Promise<ProcessUsage | undefined> {
  const [stat, status, limits, files] = await Promise.all([
    read(`/proc/${pid}/stat`),
    read(`/proc/${pid}/status`),
    read(`/proc/${pid}/limits`),
    readdir(`/proc/${pid}/fd`).catch(() => undefined),
  ])
  if (stat === undefined || status === undefined) return undefined
  // The name before them may hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const limit = /^Max open files\s+(\d+)/m.exec(limits ?? '')?.[1]
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    residentBytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024,
    openFiles: files?.length,
    openFilesLimit: limit === undefined ? undefined : Number(limit),
  }
}

/** The threads of a process at this moment, by /proc/PID/task/TID/schedstat; none when it is gone. */
export async function threadsOf(pid: number): Promise<ThreadUsage[]> {
  const tids = await readdir(`/proc/${pid}/task`).catch(() => [])
  const found = await Promise.all(
    tids.map(async (tid) => {
      const text = await read(`/proc/${pid}/task/${tid}/schedstat`)
      const [cpu, waited, runs] = (text ?? '').split(' ').map(Number)
      return cpu === undefined || waited === undefined || runs === undefined
        ? undefined
        : { tid: Number(tid), cpuSeconds: cpu / 1e9, waitedSeconds: waited / 1e9, runs }
    }),
  )
  return found.filter((thread) => thread !== undefined)
}
