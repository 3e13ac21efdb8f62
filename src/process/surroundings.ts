import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'

const passedOn: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR'],
  // For what a program shows on a desktop, and for systemd-run.
  ...['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY'],
])

/** The environment of a child: what programs need to find their way, and none of the secrets that this process may have in its own. */
export function shortEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const entries = Object.entries(env).filter(([name]) => passedOn.has(name) || name.startsWith('LC_'))
  return Object.fromEntries(entries)
}

/** A command whose process gives nothing it makes to other users. The process becomes the command's. */
export const withPrivateFiles = (command: string, args: readonly string[]): [string, ...string[]] => [
  '/bin/sh',
  ...['-c', 'umask 077; exec "$@"', 'sh', command, ...args],
]

/** The file that starting a program would run. @throws ENOENT or EACCES, as starting it would. */
export function fileOfProgram(command: string, path = process.env.PATH ?? ''): string {
  const candidates = command.includes('/') ? [command] : path.split(':').map((dir) => join(dir, command))
  let failure: unknown = Object.assign(new Error(`spawn ${command} ENOENT`), { code: 'ENOENT' })
  for (const candidate of candidates) {
    try {
      // Most are not there, and an error takes longer than the look.
      if (statSync(candidate, { throwIfNoEntry: false }) === undefined) continue
      accessSync(candidate, constants.X_OK)
      return candidate
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

/** The current directory, or the root where that is gone: whatever is absolute works all the same. */
export function currentDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return '/'
  }
}
