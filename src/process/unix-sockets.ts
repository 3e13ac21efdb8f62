import { readFile } from 'node:fs/promises'

/** The flag of a socket that takes connections, and the state of a connected one, see proc_net_unix(5). */
const [accepting, connected] = ['00010000', '03']

/** What the kernel's list has of a unix socket: not more than is in this network namespace. */
export interface SocketUse {
  /** A process takes connections there. */
  readonly isListening: boolean
  /** A process has a connection that was made there, also when nobody listens any more. */
  readonly hasClients: boolean
}

/** Looks, without a connection to it. */
export async function useOfSocket(path: string): Promise<SocketUse> {
  const text = await readFile('/proc/net/unix', 'utf8').catch(() => '')
  const use = { isListening: false, hasClients: false }
  for (const line of text.split('\n')) {
    const [, flags, state, name] = /^(?:\S+ ){3}(\d+) \d+ (\d+) +\d+ (.*)$/.exec(line) ?? []
    if (name !== path) continue
    use.isListening ||= flags === accepting
    use.hasClients ||= state === connected
  }
  return use
}
