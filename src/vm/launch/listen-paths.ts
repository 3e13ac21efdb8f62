import { lstat, readFile } from 'node:fs/promises'
import type { Fault } from '../../errors.ts'
import { show } from '../../util/schema.ts'
import type { VmConfig } from '../config/schema.ts'
import { socketPaths, socketsInWords } from '../config/socket-paths.ts'
import { VmConfigError } from '../errors.ts'

const maxPidBytes = 64

/**
 * Looks at the paths that QEMU is to listen at, and at its pid file. QEMU removes whatever is at the first, and overwrites and then
 * removes the second.
 * @throws VmConfigError with every path at which something else would be lost: a file, a directory, a socket in use.
 */
export async function checkListenPaths(config: VmConfig): Promise<void> {
  const paths = [...socketPaths(config), ...socketsInWords(config.extraArgs)]
  const inUse = paths.length === 0 ? new Set<string>() : await listeningPaths()
  const faults = await Promise.all([
    ...paths.map(async ({ path, value }) => faultOf(path, value, await socketFault(value, inUse))),
    pidFileFault(config.pidFile),
  ])
  const found = faults.filter((fault) => fault !== undefined)
  if (found.length > 0) throw new VmConfigError(found)
}

const faultOf = (path: string, value: string, why: string | undefined): Fault | undefined =>
  why === undefined ? undefined : { path, message: `${show(value)} ${why}`, value }

async function socketFault(path: string, inUse: ReadonlySet<string>): Promise<string | undefined> {
  const entry = await lstat(path).catch(() => undefined)
  if (entry === undefined) return undefined
  if (!entry.isSocket()) return 'exists and is not a socket, and QEMU would remove it: should be a free path'
  if (inUse.has(path)) return 'is in use: another program listens there. It should be a free path'
  return undefined
}

async function pidFileFault(path: string | undefined): Promise<Fault | undefined> {
  const entry = path === undefined ? undefined : await lstat(path).catch(() => undefined)
  if (path === undefined || entry === undefined) return undefined
  const isPidFile =
    entry.isFile() && entry.size <= maxPidBytes && /^\s*\d*\s*$/.test(await readFile(path, 'latin1'))
  if (isPidFile) return undefined
  const why = 'exists and is not a pid file, and QEMU would overwrite it: should be a free path'
  return faultOf('pidFile', path, why)
}

/** Where programs of this host listen, as they spell it, see proc_net(5): 00010000 says that a socket listens. */
async function listeningPaths(): Promise<ReadonlySet<string>> {
  const text = await readFile('/proc/net/unix', 'utf8').catch(() => '')
  return new Set(
    [...text.matchAll(/^\S+ \S+ \S+ 00010000 \S+ \S+ +\d+ (\/.*)$/gm)].flatMap(([, path]) => path ?? []),
  )
}
