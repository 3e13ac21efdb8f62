import { homedir } from 'node:os'
import { listTemplates, listVms } from '../../vm/index.ts'
import { type Candidates, candidatesFor, type ProgramShape, prefixOf, stateDirIn } from '../complete.ts'
import { completionScripts, filesMark } from '../completion-scripts.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'

/** Prints the script that a shell runs at its start. */
export async function completion(context: Context, _options: Options, shell?: string): Promise<undefined> {
  context.print(completionScripts[shell as keyof typeof completionScripts])
}

/** Prints what may come next, a word a line, for the scripts of `completion`. */
export async function complete(
  program: ProgramShape,
  context: Context,
  words: readonly string[],
): Promise<undefined> {
  const current = words.at(-1) ?? ''
  const prefix = prefixOf(current)
  // The shell has not expanded a `~` in these words.
  const stateDir = stateDirIn(words)?.replace(/^~(?=\/|$)/, homedir()) ?? context.stateDir
  for (const word of await wordsOf(candidatesFor(program, words), stateDir)) {
    const whole = word.startsWith('--') ? word : `${prefix}${word}`
    // A shell adds a blank after a word that is complete. After a colon the word goes on.
    const isWhole = whole === current && whole.endsWith(':')
    if (word === filesMark) context.print(word)
    else if (whole.startsWith(current) && !isWhole) context.print(whole)
  }
}

async function wordsOf(found: Candidates, stateDir: string): Promise<readonly string[]> {
  switch (found.type) {
    case 'files':
      return [filesMark]
    case 'words':
      return found.words
    case 'vms':
      return (await listVms({ stateDir })).map(({ id }) => id)
    case 'volumes':
      return (await listVms({ stateDir })).find(({ id }) => id === found.vm)?.volumes ?? []
    case 'templates':
      return (await listTemplates({ stateDir })).map(({ name }) => name)
  }
}
