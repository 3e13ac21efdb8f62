import type { NbdAddress } from '../nbd-uri.ts'
import type { FileDrivers } from '../source.ts'
import { nbdkitWords } from './nbdkit.ts'
import { qemuNbdWords } from './qemu-nbd.ts'
import type { ServerSpec } from './spec.ts'
import { storageDaemonWords } from './storage-daemon.ts'

/** What the words of a server need beside its spec. */
export interface ServerPlace {
  readonly address: NbdAddress
  readonly pidFile: string
  /** Ends with the process that started it. */
  readonly exitWithParent?: boolean | undefined
  /** What the files of its image were found to be. */
  readonly drivers?: FileDrivers | undefined
}

/** The package of Debian that a missing program is in. */
export const packages: Readonly<Record<ServerSpec['type'], string>> = {
  nbdkit: 'nbdkit',
  'qemu-nbd': 'qemu-utils',
  'storage-daemon': 'qemu-system-common',
}

/** The command line of a server, its program first. Pure. */
export function serverWords(spec: ServerSpec, place: ServerPlace): [string, ...string[]] {
  switch (spec.type) {
    case 'nbdkit':
      return nbdkitWords(spec, place)
    case 'qemu-nbd':
      return withParent(qemuNbdWords(spec, place), place)
    case 'storage-daemon':
      return withParent(storageDaemonWords(spec, place), place)
  }
}

/** QEMU's servers have no option for it; util-linux has. */
function withParent(words: [string, ...string[]], { exitWithParent }: ServerPlace): [string, ...string[]] {
  return exitWithParent ? ['setpriv', '--pdeathsig', 'SIGTERM', '--', ...words] : words
}
