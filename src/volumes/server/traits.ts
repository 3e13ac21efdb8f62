import { commandLine, outputOf } from '../../process/index.ts'

/** What a running server says of itself: its command line as the kernel has it, and its program when asked. */
export interface ServerTraits {
  /** How many requests of one connection it handles at once; undefined when that cannot be told. */
  readonly requests: number | undefined
  /** The parameters that have reached an nbdkit. */
  readonly parameters: ReadonlyMap<string, string>
}

const askTimeoutMs = 5_000
/** MAX_NBD_REQUESTS of QEMU's servers; that of its client is the same. */
export const qemuRequests = 16
const nbdkitThreads = 16

/** Reads the traits of a running server. Never throws: what cannot be read is undefined. */
export async function readTraits(pid: number, signal?: AbortSignal): Promise<ServerTraits> {
  const words = await commandLine(pid)
  const [program = ''] = words
  if (words.includes('--nbd-server') || words.includes('--persistent'))
    return { requests: qemuRequests, parameters: new Map() }
  const asked = readNbdkitWords(words)
  if (asked === undefined) return { requests: undefined, parameters: new Map() }
  const { filters, parameters, plugin, rest, threads } = asked
  const args = [...filters, '--dump-plugin', plugin, ...rest]
  const dump = await outputOf({ command: program, args, timeoutMs: askTimeoutMs, signal }).catch(() => '')
  return { requests: requestsOf(dump, threads), parameters }
}

/** How many requests an nbdkit of this thread model handles at once, by what `--dump-plugin` prints. Pure. */
export function requestsOf(dump: string, threads: number): number | undefined {
  const model = /^thread_model=(\w+)$/m.exec(dump)?.[1]
  if (model === undefined) return undefined
  return model === 'parallel' ? threads : 1
}

/** The command line of an nbdkit as this library writes it; undefined for another program's. Pure. */
export function readNbdkitWords(words: readonly string[]) {
  const [program, ...args] = words
  if (program === undefined || !args.includes('--foreground')) return undefined
  const at = args.findIndex((word) => !word.startsWith('-'))
  const plugin = args[at]
  if (plugin === undefined) return undefined
  const rest = args.slice(at + 1)
  const optionOf = (option: string) =>
    args.find((word) => word.startsWith(`${option}=`))?.slice(option.length + 1)
  return {
    plugin,
    rest,
    filters: args.slice(0, at).filter((word) => word.startsWith('--filter=')),
    threads: Number(optionOf('--threads') ?? nbdkitThreads),
    parameters: new Map(
      rest.map((word) => [word.replace(/=.*/s, ''), word.replace(/^[^=]*=?/s, '')] as const),
    ),
  }
}
