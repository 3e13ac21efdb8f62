import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/** The sockets that a process has at this moment, by the kernel's numbers; a connection made anew has another. Empty when it is gone or not ours. */
export async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const directory = `/proc/${pid}/fd`
  const names = await readdir(directory).catch(() => [])
  const targets = await Promise.all(names.map((name) => readlink(join(directory, name)).catch(() => '')))
  return new Set(targets.filter((target) => target.startsWith('socket:')))
}
