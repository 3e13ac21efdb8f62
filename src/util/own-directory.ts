import { lstatSync, type Stats, statSync } from 'node:fs'

/**
 * Says why a directory is not to be trusted: another user owns it, others may write to it, it is a link or no directory.
 * Trusted are the effective user and root. With `through`, a link of a trusted owner is followed.
 * @returns undefined for a directory of our own, and where nothing can be found: using it fails by itself.
 */
export function foreignFault(
  path: string,
  { through = false }: { readonly through?: boolean } = {},
): string | undefined {
  // Some are mostly not there, and an error takes longer than the look.
  const entry = found(() => lstatSync(path, { throwIfNoEntry: false }))
  if (entry === undefined) return undefined
  if (!entry.isSymbolicLink()) return directoryFault(entry)
  if (!through) return 'is a symbolic link'
  const target = found(() => statSync(path, { throwIfNoEntry: false }))
  return ownerFault(entry) ?? (target === undefined ? undefined : directoryFault(target))
}

/** Says whose a file is when it is neither ours nor root's. */
export function ownerFault({ uid }: Pick<Stats, 'uid'>): string | undefined {
  return uid === 0 || uid === process.geteuid?.() ? undefined : `belongs to user ${uid}`
}

function directoryFault(stats: Stats): string | undefined {
  if (!stats.isDirectory()) return 'is not a directory'
  const mode = stats.mode & 0o7777
  const isOpen = (mode & 0o022) !== 0
  const openFault = isOpen ? `may be written to by other users (mode 0${mode.toString(8)})` : undefined
  return ownerFault(stats) ?? openFault
}

function found(look: () => Stats | undefined): Stats | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
