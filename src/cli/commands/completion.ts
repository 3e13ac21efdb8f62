import { listVms } from '../../vm/index.ts'
import { candidatesFor, completionScripts, filesMark, type ProgramShape } from '../complete.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'

/** Prints what a shell runs at its start. */
export async function completion(context: Context, _options: Options, shell?: string): Promise<undefined> {
  context.print(completionScripts[shell as keyof typeof completionScripts])
}

/** Prints what may come next, a word a line, for the scripts of `completion`. */
export async function complete(
  program: ProgramShape,
  context: Context,
  words: readonly string[],
): Promise<undefined> {
  const found = candidatesFor(program, words)
  const current = words.at(-1) ?? ''
  switch (found.type) {
    case 'files':
      context.print(filesMark)
      return
    case 'words':
      show(context, found.words, current)
      return
    case 'vms': {
      const vms = await listVms({ stateDir: context.stateDir })
      show(
        context,
        vms.map(({ id }) => id),
        current,
      )
      return
    }
    case 'volumes': {
      const vms = await listVms({ stateDir: context.stateDir })
      show(context, vms.find(({ id }) => id === found.vm)?.volumes ?? [], current)
      return
    }
    default:
      found satisfies never
  }
}

function show(context: Context, words: readonly string[], current: string): void {
  for (const word of words) if (word.startsWith(current)) context.print(word)
}
