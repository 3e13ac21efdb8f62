import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
// Contexts made from now on have it.
const collect: () => void = runInNewContext('gc')

/** The memory of this process once everything that nobody refers to has been freed. */
export function memoryInUse(): { readonly rss: number; readonly heapUsed: number } {
  collect()
  const { rss, heapUsed } = process.memoryUsage()
  return { rss, heapUsed }
}
