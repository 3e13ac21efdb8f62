import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { callAfter } from '../util/timer.ts'
import { LockDoor } from './lock-door.ts'

/** A lock is an entry of a directory. Who may write to the directory may take the lock. */
export interface LockPlace {
  readonly directory: string
  readonly name: string
}

/** A directory beside the locks that becomes one by its new name. It holds the socket of this process, which listens. */
export interface LockStage {
  readonly name: string
  /** The name of the socket. */
  readonly own: string
  readonly door: LockDoor
  /** One from before may have been removed. */
  readonly isNew: boolean
}

interface Kept {
  readonly stage: LockStage
  /** Calls its removal off. */
  readonly stop: () => void
}

const keptMs = 1_000
const keptStages = 8
const orphanMs = 10_000

/** By the directory of the locks, then by the name of the lock. */
const kept = new Map<string, Map<string, Kept>>()

/** Tells this process, and this copy of the module in it, from any before and after it with its pid. */
const born = randomBytes(4).toString('base64url')
let named = 0

let isWatching = false
let isExiting = false

/** A name that no other process has, and that tells whose it is. It is short, as the path of a socket has to be. */
function ownName(): string {
  named++
  return `${process.pid.toString(36)}.${born}${named.toString(36)}`
}

/** The pid in such a name; undefined when no process here has it: its process may be in another pid namespace. */
export function pidIn(path: string): number | undefined {
  const pid = Number.parseInt(/^\.?([0-9a-z]+)\./.exec(basename(path))?.[1] ?? '', 36)
  return existsSync(`/proc/${pid}`) ? pid : undefined
}

/** The stage that this lock had last, if it is kept. */
export function takeKept({ directory, name }: LockPlace): LockStage | undefined {
  const stage = kept.get(directory)?.get(name)?.stage
  if (stage !== undefined) forget({ directory, name })
  return stage
}

/** A new stage in the directory of the locks, which is at `base`. @throws what the system says; leaves nothing then. */
export async function makeStage(base: string): Promise<LockStage> {
  const name = `.${ownName()}`
  const own = ownName()
  watchExit()
  mkdirSync(join(base, name), { mode: 0o700 })
  try {
    const door = await LockDoor.open(join(base, name, own))
    return { name, own, door, isNew: true }
  } catch (error) {
    removeFiles(base, { name, own })
    throw error
  }
}

/**
 * Keeps a stage for the next hold of the same lock, for a moment, or removes it. To listen on a new socket and to free a directory takes
 * longer than all else about a lock.
 */
export function keepStage({ directory, name }: LockPlace, stage: LockStage): void {
  const stages = kept.get(directory) ?? new Map<string, Kept>()
  if (isExiting || stages.has(name)) {
    removeStage(directory, stage)
    return
  }
  const [oldest] = stages.keys()
  if (stages.size >= keptStages && oldest !== undefined) drop({ directory, name: oldest })
  const stop = callAfter(keptMs, () => drop({ directory, name }), false)
  kept.set(directory, stages.set(name, { stage: { ...stage, isNew: false }, stop }))
}

function drop(place: LockPlace): void {
  const stage = takeKept(place)
  if (stage !== undefined) removeStage(place.directory, stage)
}

export function removeStage(directory: string, stage: LockStage): void {
  removeFiles(directory, stage)
  stage.door.close()
}

function removeFiles(directory: string, { name, own }: Pick<LockStage, 'name' | 'own'>): void {
  for (const remove of [
    () => unlinkSync(join(directory, name, own)),
    () => rmdirSync(join(directory, name)),
  ]) {
    try {
      remove()
    } catch {
      // It has gone.
    }
  }
}

/**
 * Removes what killed processes have left in the directory of the locks, which is at `base`. A process of another pid namespace looks
 * dead and may live: an empty stage it makes anew, and where its socket lies, that tells.
 */
export async function removeOrphans(
  base: string,
  isDead: (socket: string) => Promise<boolean>,
): Promise<void> {
  for (const name of readdirSync(base)) {
    if (!name.startsWith('.') || pidIn(name) !== undefined) continue
    const orphan = join(base, name)
    try {
      const [own] = readdirSync(orphan)
      // It may be about to listen.
      if (own !== undefined && Date.now() - statSync(orphan).mtimeMs < orphanMs) continue
      if (own !== undefined && (await isDead(join(orphan, own)))) unlinkSync(join(orphan, own))
      rmdirSync(orphan)
    } catch {
      // It has gone, or lives.
    }
  }
}

function forget({ directory, name }: LockPlace): void {
  const stages = kept.get(directory)
  stages?.get(name)?.stop()
  stages?.delete(name)
  if (stages?.size === 0) kept.delete(directory)
}

/** From the first stage on, so before all who let go of a lock at the end of the process. */
function watchExit(): void {
  if (isWatching) return
  isWatching = true
  process.once('exit', removeAll)
}

function removeAll(): void {
  isExiting = true
  for (const [directory, stages] of kept)
    for (const { stage } of stages.values()) removeStage(directory, stage)
}
