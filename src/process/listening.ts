import { readFile } from 'node:fs/promises'

/** The flag of a socket that takes connections, see proc_net_unix(5). */
const accepting = '00010000'

/** Whether a process listens at a unix socket, without a connection to it. */
export async function isListening(path: string): Promise<boolean> {
  const text = await readFile('/proc/net/unix', 'utf8')
  return text.split('\n').some((line) => {
    const [, flags, name] = /^\S+ \S+ \S+ (\S+) \S+ \S+ +\d+ (.*)$/.exec(line) ?? []
    return flags === accepting && name === path
  })
}
