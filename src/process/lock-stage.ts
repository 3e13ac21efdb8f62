import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { callAfter } from '../util/timer.ts'

/** An empty directory beside the locks, in which one is made ready. */
export interface LockStage {
  readonly name: string
  /** One from before may have been removed. */
  readonly isNew: boolean
}

const keptMs = 1_000
const keptStages = 8

/** By the directory of the locks, each with what calls its removal off. */
const kept = new Map<string, Map<string, () => void>>()

/** Tells this process, and this copy of the module in it, from any before and after it with its pid. */
const born = randomBytes(4).toString('base64url')
let named = 0

/** A name that is used once, and tells whose it is. It is short, as the path of a socket has to be. */
export function ownName(): string {
  named++
  return `${process.pid.toString(36)}.${born}${named.toString(36)}`
}

/** The pid in such a name; undefined when no process here has it: its process may be in another pid namespace. */
export function pidIn(path: string): number | undefined {
  const pid = Number.parseInt(/^\.?([0-9a-z]+)\./.exec(basename(path))?.[1] ?? '', 36)
  return existsSync(`/proc/${pid}`) ? pid : undefined
}

/** A stage for a lock of this directory, which is at `base` too. */
export function takeStage(directory: string, base: string): LockStage {
  for (const name of kept.get(directory)?.keys() ?? []) {
    forget(directory, name)
    return { name, isNew: false }
  }
  removeOrphans(base)
  const name = `.${ownName()}`
  mkdirSync(join(base, name), { mode: 0o700 })
  return { name, isNew: true }
}

/**
 * Keeps a stage for the next lock, for a moment, or removes it. A file system on a disk takes a millisecond to free a directory, and
 * hardly any time to rename it.
 */
export function keepStage(directory: string, name: string): void {
  const stages = kept.get(directory) ?? new Map<string, () => void>()
  if (stages.size >= keptStages) {
    removeStage(directory, name)
    return
  }
  if (kept.size === 0) process.once('exit', removeAll)
  const remove = () => {
    forget(directory, name)
    removeStage(directory, name)
  }
  kept.set(directory, stages.set(name, callAfter(keptMs, remove, false)))
}

function forget(directory: string, name: string): void {
  const stages = kept.get(directory)
  stages?.get(name)?.()
  stages?.delete(name)
  if (stages?.size === 0) kept.delete(directory)
  if (kept.size === 0) process.off('exit', removeAll)
}

function removeAll(): void {
  for (const [directory, stages] of kept) for (const name of stages.keys()) removeStage(directory, name)
}

/** What killed processes have left. A process of another pid namespace makes itself a new one. */
function removeOrphans(base: string): void {
  for (const name of readdirSync(base))
    if (name.startsWith('.') && pidIn(name) === undefined) removeStage(base, name)
}

function removeStage(directory: string, name: string): void {
  try {
    rmdirSync(join(directory, name))
  } catch {
    // It has gone, or is full: another process may use it.
  }
}
