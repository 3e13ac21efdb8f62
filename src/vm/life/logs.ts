import { realpath } from 'node:fs/promises'
import { untilGone } from '../../process/index.ts'
import { messageOf, VmError } from '../errors.ts'
import { previousLog, readLogEnd } from '../logs/log-files.ts'
import { LogFollower } from '../logs/log-follower.ts'
import { consoleLogOn, defaultStateDir, type VmPaths, vmPaths } from '../record/paths.ts'
import { VmStore } from '../record/vm-store.ts'
import { processOf } from './find-qemu.ts'
import type { StateDirOptions } from './inspect.ts'

export interface FollowLogsOptions extends StateDirOptions {
  /** Begins with the last lines, so many; with all that is kept unless given. */
  readonly lines?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ReadLogsOptions extends Pick<FollowLogsOptions, 'lines' | 'stateDir'> {
  /** Of the run before the last one. */
  readonly previous?: boolean | undefined
}

/** What a guest has said on its serial console. */
export interface ConsoleLog {
  /** The file with its latest part. */
  readonly path: string
  /** As the guest wrote it, with every byte that a terminal would obey. */
  readonly text: string
}

/** Of a log without a limit, no more than its end is read. */
const maxReadBytes = 64 * 1024 * 1024

/**
 * Returns what is kept of a guest's serial console in its last run, also after its end.
 * @throws VmError VM_NOT_FOUND when there is none.
 */
export async function readLogs(id: string, options: ReadLogsOptions = {}): Promise<ConsoleLog> {
  const { lines, previous = false, stateDir = defaultStateDir() } = options
  const latest = await findLog(vmPaths(stateDir, id), id)
  const path = previous ? previousLog(latest) : latest
  const bytes = await readLogEnd(path, maxReadBytes)
  if (bytes === undefined) throw noLog(id, path, previous ? ' of the run before' : '')
  return { path, text: lastOf(bytes.toString('utf8'), lines) }
}

// The end of a process that is not our child has no event, and who reads along is in no hurry.
const lookForEndMs = 200

/**
 * What is kept of a guest's serial console, then what comes, until this run of the VM ends or the signal.
 * @throws as `readLogs`.
 */
export async function* followLogs(
  id: string,
  { lines, signal, stateDir = defaultStateDir() }: FollowLogsOptions = {},
): AsyncGenerator<string, void, undefined> {
  const paths = vmPaths(stateDir, id)
  const path = await findLog(paths, id)
  const log = await LogFollower.open(path).catch((error: unknown) => {
    throw noLog(id, path, '', error)
  })
  const stop = new AbortController()
  const decoder = new TextDecoder()
  const wake = () => log.wake()
  try {
    const qemu = await processOf(paths, await new VmStore({ id, paths }).find())
    let isOver = qemu === undefined
    if (qemu !== undefined)
      void untilGone(qemu, stop.signal, lookForEndMs).then(() => {
        isOver = true
        wake()
      })
    signal?.addEventListener('abort', wake, { signal: stop.signal })
    let bytes = await log.first(maxReadBytes)
    let text = lastOf(decoder.decode(bytes, { stream: true }), lines)
    while (signal?.aborted !== true) {
      // What is read after the end is all there is.
      const wasOver = isOver
      if (text !== '') yield text
      bytes = await log.next()
      text = decoder.decode(bytes, { stream: true })
      if (bytes.length > 0) continue
      if (wasOver) return
      await log.changed()
    }
  } finally {
    stop.abort()
    await log[Symbol.asyncDispose]()
  }
}

/** Where QEMU logs, or has logged. */
async function findLog(paths: VmPaths, id: string): Promise<string> {
  const record = await new VmStore({ id, paths }).find()
  const path = record === undefined ? paths.consoleLog : consoleLogOn(record, paths)
  return realpath(path).catch((error: unknown) => {
    throw noLog(id, path, '', error)
  })
}

function noLog(id: string, path: string, which: string, cause?: unknown): VmError {
  const why = cause === undefined ? '' : `: ${messageOf(cause)}`
  return new VmError('VM_NOT_FOUND', `there is no console log${which} of VM ${id}${why}`, {
    details: { vm: id, path },
    cause,
  })
}

/** The last lines of a text. */
function lastOf(text: string, lines: number | undefined): string {
  if (lines === undefined) return text
  if (lines === 0) return ''
  let at = text.endsWith('\n') ? text.length - 1 : text.length
  for (let left = lines; left > 0 && at >= 0; left--) at = at === 0 ? -1 : text.lastIndexOf('\n', at - 1)
  return text.slice(at + 1)
}
