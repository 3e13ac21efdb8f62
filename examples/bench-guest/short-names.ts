import { basename } from 'node:path'

/** Each file under the name of its column: without directory and `.json` where all then differ, else as it was given. */
export function shortNames(files: readonly string[]): ReadonlyMap<string, string> {
  const short = files.map((file) => basename(file, '.json'))
  const differ = new Set(short).size === new Set(files).size
  return new Map(files.map((file, index) => [file, differ ? (short[index] ?? file) : file]))
}
