import { followLogs, readLogs } from '../../vm/running.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { UsageError } from '../outcome.ts'
import { plainGuestText, unfinishedSequence } from '../plain.ts'

/** Prints what the guest said on its console, without what a terminal would obey. */
export async function logs(context: Context, options: Options, id = ''): Promise<undefined> {
  const { lines, previous } = options
  const { stateDir } = context
  if (options.follow) {
    if (previous) throw new UsageError('--follow works only for the run of now: leave out --previous')
    return follow(context, id, lines)
  }
  const { path, text } = await readLogs(id, { lines, previous, stateDir })
  if (context.json) context.result({ vm: id, path, text }, '')
  else await context.write(plainGuestText(text))
}

/** Until the VM ends, Ctrl-C, or nobody reads any more. */
async function follow(context: Context, id: string, lines: number | undefined): Promise<undefined> {
  const signal = AbortSignal.any([context.interrupted(), context.readerGone])
  let held = ''
  for await (const more of followLogs(id, { lines, signal, stateDir: context.stateDir })) {
    if (context.json) {
      context.result({ vm: id, text: more }, '')
      continue
    }
    const text = held + more
    const end = unfinishedSequence(text)
    held = text.slice(end)
    await context.write(plainGuestText(text.slice(0, end)))
  }
}
