import { type Child, spawnProcess } from './spawn.ts'

/** A log file and the size at which it is set aside. */
export interface LimitedLog {
  readonly path: string
  readonly maxBytes: number
}

/** Where a log is set aside: what it held before. */
export const olderLog = (path: string): string => `${path}.1`

// `head` ends when a log holds that much, and `tail` with the process. Each waits for the kernel to tell of a write; the process is
// looked for once a second. A write between the copy and the cut is lost. What is no plain file is left alone. `$$` is the shell:
// where that was killed, another one may be at work.
const script = `
pid=$1; shift
limit() {
  while [ -f "$1" ] && tail -c +1 -f --pid="$pid" -- "$1" 2>/dev/null | head -c "$2" >/dev/null
    kill -0 "$pid" $$ 2>/dev/null
  do
    [ "$(stat -L -c %s -- "$1")" -ge "$2" ] || return
    cp --remove-destination -- "$1" "$1.1" || rm -f -- "$1.1"
    : >"$1"
  done
}
while [ "$#" -gt 0 ]; do limit "$1" "$2" & shift 2; done
wait`

/**
 * Keeps log files small for as long as the process that appends to them lives, by a process of its own that needs nobody: one
 * that holds `maxBytes` is copied to `olderLog`, in place of what is there, and emptied. So at most some 2 × `maxBytes` are kept.
 * The writer has to append (`O_APPEND`), and never waits. It needs `tail`, `head`, `stat` and `cp` of GNU.
 * @throws ProcessError PROCESS_SPAWN.
 */
export function limitLogs(pid: number, logs: readonly LimitedLog[]): Promise<Child> {
  const files = logs.flatMap(({ maxBytes, path }) => [path, String(maxBytes)])
  const args = ['-c', script, 'limit-logs', String(pid), ...files]
  return spawnProcess({ command: '/bin/sh', args, logFile: '/dev/null' })
}
