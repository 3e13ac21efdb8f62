import { lstatSync, mkdirSync } from 'node:fs'
import { lstat, readdir, rename, rm, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { lastLines, olderLog, readEnd } from '../../process/index.ts'
import { foreignFault } from '../../util/own-directory.ts'
import { vmNamePattern } from '../config/schema.ts'
import { betweenLaunches } from '../record/ownership.ts'
import { logsFolder, type VmPaths, vmPaths } from '../record/paths.ts'

const mib = 1024 * 1024

/** How much is kept of VMs that have ended: of so many, and so much in all. The oldest goes first. */
const keptOfEnded = { vms: 32, bytes: 32 * mib }

/** Where the log of the run before is, for as long as there is no later one. */
export const previousLog = (path: string): string => `${path}.previous`

/** A log and where its earlier part is set aside, the earlier one first. */
export const partsOfLog = (path: string): readonly [older: string, latest: string] => [olderLog(path), path]

/**
 * Makes the place of a VM's console log before QEMU opens it, and sets the log of the run before aside. A log elsewhere is
 * linked there, so that it is found after the end. A log that is no plain file, or cannot be moved, is left alone.
 * @throws what the system says when the place cannot be made.
 */
export async function openConsoleLog(paths: VmPaths, consoleLog: string): Promise<void> {
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 })
  const isOwn = consoleLog === paths.consoleLog
  const own = lstatSync(paths.consoleLog, { throwIfNoEntry: false })
  if (isOwn && own === undefined) return
  if (!isOwn || own?.isSymbolicLink()) await rm(paths.consoleLog, { force: true })
  if (!isOwn) await symlink(consoleLog, paths.consoleLog)
  const stat = await lstat(consoleLog).catch(() => undefined)
  if (stat?.isFile() !== true || stat.size === 0) return
  const before = partsOfLog(previousLog(consoleLog))
  await Promise.all(before.map((path) => rm(path, { force: true }))).catch(() => {})
  for (const [index, path] of partsOfLog(consoleLog).entries())
    await rename(path, before[index] ?? path).catch(() => {})
}

/** After a launch that failed: takes away a log in which nothing is. */
export async function dropEmptyLog({ consoleLog, logs }: VmPaths): Promise<void> {
  const stat = await lstat(consoleLog).catch(() => undefined)
  if (stat?.size === 0 || stat?.isSymbolicLink()) await unlink(consoleLog).catch(() => {})
  const names = await readdir(logs).catch(() => [''])
  if (names.length === 0) await rm(logs, { recursive: true, force: true })
}

/** The last bytes of a log, over both of its parts; undefined when there is none. Never rejects. */
export async function readLogEnd(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const latest = await readEnd(path, maxBytes)
  if (latest === undefined || latest.length === maxBytes) return latest
  const older = await readEnd(olderLog(path), maxBytes - latest.length)
  return older === undefined ? latest : Buffer.concat([older, latest])
}

const tailBytes = 4096

/** The last lines of a log; empty when there is none. Never rejects. */
export async function readLogTail(path: string): Promise<string> {
  return lastLines((await readLogEnd(path, tailBytes + 1)) ?? Buffer.alloc(0), tailBytes)
}

/** Takes away the logs of VMs that ended long ago. Never rejects: what cannot be looked at or removed stays. */
export async function pruneLogs(stateDir: string): Promise<void> {
  const names = await readdir(join(stateDir, logsFolder)).catch(() => [])
  const found = await Promise.all(
    names
      .filter((name) => vmNamePattern.test(name))
      .map((name) => look(stateDir, name).catch(() => undefined)),
  )
  const ended = found
    .filter((logs) => logs !== undefined)
    .sort((one, other) => other.changedAt - one.changedAt)
  let bytes = 0
  for (const [index, { paths, size }] of ended.entries()) {
    bytes += size
    if (index >= keptOfEnded.vms || bytes > keptOfEnded.bytes) await remove(paths).catch(() => {})
  }
}

/** The logs of a VM that has ended. */
async function look(stateDir: string, id: string) {
  const paths = vmPaths(stateDir, id)
  if (await exists(paths.dir)) return undefined
  const files = (await readdir(paths.logs)).map((name) => join(paths.logs, name))
  const stats = await Promise.all([paths.logs, ...files].map((path) => lstat(path)))
  const size = stats.slice(1).reduce((sum, stat) => sum + stat.size, 0)
  return { paths, size, changedAt: Math.max(...stats.map(({ mtimeMs }) => mtimeMs)) }
}

async function remove(paths: VmPaths): Promise<void> {
  // A launch that is under way keeps its logs. A launch that begins now waits for a moment.
  using lock = await betweenLaunches(paths)
  if (lock === undefined || (await exists(paths.dir)) || foreignFault(paths.logs) !== undefined) return
  await rm(paths.logs, { recursive: true, force: true })
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
