import { constants, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { constants as osConstants } from 'node:os'
import type { Child, ProcessExit } from '../../process/index.ts'
import type { ServerPaths } from './place.ts'

/** The end of a server that somebody watches. Neither rejects nor keeps this process alive once `unref` was called. */
export interface Watch {
  readonly ended: Promise<ProcessExit>
  unref(): void
  /** Frees what watching takes: the end may go untold from now on. */
  close(): void
}

const signalNames = new Map(
  Object.entries(osConstants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
)

/** Watches a child of this process. */
export function watchChild({ exited, unref }: Child): Watch {
  const ended = exited.then(({ exitCode, signal }) =>
    exitCode === undefined ? { exitCode, signal } : exitOf(exitCode),
  )
  return { ended, unref: () => unref(), close: () => unref() }
}

/** Watches a server that another process started: its shell lets go of the pipe when it ends. */
export function watchOther(paths: ServerPaths): Watch {
  // Not waiting for a writer: without one the pipe ends at once, as it should.
  const fd = openSync(paths.alive, constants.O_RDONLY | constants.O_NONBLOCK)
  const socket = new Socket({ fd, readable: true, writable: false })
  socket.on('error', () => {})
  let isClosed = false
  const ended = new Promise<ProcessExit>((resolve) => {
    socket.resume().once('close', () => {
      if (!isClosed) resolve(lastExit(paths))
    })
  })
  const close = () => {
    isClosed = true
    socket.destroy()
  }
  return { ended, unref: () => void socket.unref(), close }
}

/** The watch over a server that is over. */
export function lostServer(paths: ServerPaths): Watch {
  return { ended: lastExit(paths), unref: () => {}, close: () => {} }
}

/** How the shell saw the server end; both undefined when it was killed itself. */
async function lastExit(paths: ServerPaths): Promise<ProcessExit> {
  const status = await readFile(paths.status, 'utf8').catch(() => '')
  return status === '' ? { exitCode: undefined, signal: undefined } : exitOf(Number(status))
}

/** A shell tells a signal as 128 and its number. */
function exitOf(status: number): ProcessExit {
  const signal = status > 128 ? signalNames.get(status - 128) : undefined
  return signal === undefined ? { exitCode: status, signal } : { exitCode: undefined, signal }
}
