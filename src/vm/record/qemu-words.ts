import { basename, dirname } from 'node:path'
import { readKeyval } from '../config/keyval.ts'
import { monitorSocket } from '../config/parts/words.ts'

/** Which VM a command line is of: by its guest's name and the monitor in the VM's directory. Pure. */
export function vmOfWords(
  words: readonly string[],
): { readonly id: string; readonly dir: string } | undefined {
  const after = (option: string) =>
    words.flatMap((word, index) => (words[index - 1] === option ? [readKeyval(word)] : []))
  const names = after('-name').map(({ head, options }) => options.get('guest') ?? head)
  const sockets = after('-chardev').flatMap(({ options }) => options.get('path') ?? [])
  const dirs = sockets.filter((path) => basename(path) === monitorSocket).map(dirname)
  const dir = dirs.find((path) => names.includes(basename(path)))
  return dir === undefined ? undefined : { id: basename(dir), dir }
}
