import { AVAILABILITY } from './generated/availability.ts'
import type { Greeting } from './message.ts'

/** Which releases of QEMU have something. */
export interface Availability {
  /** The release that brought it, as QEMU documents it; missing where that is not known. */
  readonly since?: string
  /** The first of this library's versions without it. */
  readonly removed?: string
  /** The first of this library's versions that deprecates it. */
  readonly deprecated?: string
}

/**
 * Which releases have what a path of `QmpSchema.has` leads to, without asking a QEMU: each command and event, and of
 * members, union cases (`+`) and enum values (`^`) those that not all of this library's versions have, or that one
 * deprecates. `undefined` for all else. What a build leaves out, only `client.schema()` tells.
 */
export function versionsOf(path: string): Availability | undefined {
  if (!Object.hasOwn(AVAILABILITY, path)) return undefined
  const [since, removed, deprecated] = AVAILABILITY[path] ?? []
  return { ...(since && { since }), ...(removed && { removed }), ...(deprecated && { deprecated }) }
}

/** Why a QEMU of that version may not know a command, as words to follow its own; nothing if nothing is known. */
export function explainMissing(
  command: string,
  { major, minor, micro }: Greeting['version']['qemu'],
): string {
  const known = versionsOf(command)
  if (known === undefined) return ''
  const version = `this is ${major}.${minor}.${micro}`
  if (known.since !== undefined && isBefore(major, minor, known.since)) {
    return `; it needs QEMU ${known.since}, and ${version}`
  }
  if (known.removed !== undefined && !isBefore(major, minor, known.removed)) {
    return `; QEMU ${known.removed} has removed it, and ${version}`
  }
  return `; ${version}, which has it unless it was built without, or rejects it by -compat`
}

function isBefore(major: number, minor: number, release: string): boolean {
  const [releaseMajor = 0, releaseMinor = 0] = release.split('.').map(Number)
  return major < releaseMajor || (major === releaseMajor && minor < releaseMinor)
}
