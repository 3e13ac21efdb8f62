import { chmod, chown, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { outputOf } from '../../process/index.ts'
import { VolumeError } from '../errors.ts'
import { messageOf } from './failure.ts'

/** Another user of this host, who is to connect to a socket. */
interface Peer {
  readonly uid: number
  readonly gid: number
}

const askTimeoutMs = 5_000

/**
 * Lets the group of another user connect to a unix socket. Of the directories on the way those that are `ours` are opened for
 * passing through.
 * @throws VolumeError VOLUME_BACKEND when there is no such user, or a directory above lets that one not through.
 */
export async function openTo(user: string, socket: string, ours: readonly string[]): Promise<void> {
  const peer = await peerOf(user)
  for (const directory of ours) await letThrough(directory)
  await chown(socket, -1, peer.gid)
  await chmod(socket, 0o660)
  for (const directory of above(socket)) {
    if (await isOpen(directory, peer)) continue
    const what = `user ${user} cannot reach ${socket}: ${directory} lets no other user through; name another directory`
    throw new VolumeError('VOLUME_BACKEND', what, { details: { user, socket, directory } })
  }
}

/** A user as QEMU takes it: a name, or uid:gid. */
async function peerOf(user: string): Promise<Peer> {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(user) ?? []
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  const ask = async (what: '-u' | '-g') =>
    Number(await outputOf({ command: 'id', args: [what, '--', user], timeoutMs: askTimeoutMs }))
  try {
    return { uid: await ask('-u'), gid: await ask('-g') }
  } catch (error) {
    throw new VolumeError('VOLUME_BACKEND', `there is no user ${user}: ${messageOf(error)}`, { cause: error })
  }
}

/** Others may pass through it, and still not look into it. */
async function letThrough(directory: string): Promise<void> {
  const { mode } = await stat(directory)
  if ((mode & 0o011) !== 0o011) await chmod(directory, (mode & 0o7777) | 0o011)
}

async function isOpen(directory: string, { uid, gid }: Peer): Promise<boolean> {
  const stats = await stat(directory)
  if (stats.uid === uid) return (stats.mode & 0o100) !== 0
  return (stats.mode & (stats.gid === gid ? 0o010 : 0o001)) !== 0
}

/** Every directory on the way to a file. */
function above(path: string): string[] {
  const directory = dirname(path)
  return directory === path ? [] : [...above(directory), directory]
}
