import { homedir } from 'node:os'
import { join } from 'node:path'

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')

/** The other lines of Node.js that the set-up brings. */
export const otherNodes = [22, 24, 26].map((line) => ({
  line,
  path: join(cache, 'qemu-launch', `node-${line}`, 'bin', 'node'),
}))
