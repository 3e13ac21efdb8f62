/** As much of a parser's command as completion needs. */
export interface CommandShape {
  name(): string
  readonly options: readonly {
    readonly long?: string | undefined
    readonly short?: string | undefined
    readonly required: boolean
    readonly optional: boolean
    readonly argChoices?: readonly string[] | undefined
  }[]
  readonly registeredArguments: readonly {
    name(): string
    readonly variadic: boolean
    readonly argChoices?: readonly string[] | undefined
  }[]
}

export interface ProgramShape extends CommandShape {
  readonly commands: readonly CommandShape[]
}

/** What the next word may be: words, or what only the moment tells. */
export type Candidates =
  | { readonly type: 'words'; readonly words: readonly string[] }
  | { readonly type: 'vms' }
  | { readonly type: 'volumes'; readonly vm: string }
  | { readonly type: 'files' }

/** Commands that are for our own scripts. */
const isHidden = (name: string) => name.startsWith('__')

const conditions = ['agent', 'ended', 'port:', 'text:']

/**
 * What may stand for the last of these words, which may be empty or begun, after the others. Pure.
 * `words` are those after the name of the program.
 */
export function candidatesFor(program: ProgramShape, words: readonly string[]): Candidates {
  const current = words.at(-1) ?? ''
  const names = [...program.commands.map((command) => command.name()), 'help'].filter(
    (name) => !isHidden(name),
  )
  let command: CommandShape | undefined
  let isHelp = false
  let onlyOperands = false
  const operands: string[] = []
  let valued: string | undefined
  for (const word of words.slice(0, -1)) {
    if (valued !== undefined) valued = undefined
    else if (!onlyOperands && word === '--') onlyOperands = true
    else if (!onlyOperands && word.startsWith('-'))
      valued = takesValue(program, command, word) ? word : undefined
    else if (command !== undefined || isHelp) operands.push(word)
    else if (word === 'help') isHelp = true
    else command = program.commands.find((known) => known.name() === word)
  }
  if (valued !== undefined) return valuesOf(program, command, valued)
  if (!onlyOperands && current.startsWith('-')) return begunWith(current, flagsOf(program, command))
  if (isHelp) return begunWith(current, operands.length === 0 ? names : [])
  if (command === undefined) {
    const found = begunWith(current, names)
    return found.words.length === 0 ? { type: 'files' } : found
  }
  return operandOf(command, operands, current)
}

function operandOf(command: CommandShape, operands: readonly string[], current: string): Candidates {
  const { registeredArguments: all } = command
  const last = all.at(-1)
  const argument = all[operands.length] ?? (last?.variadic ? last : undefined)
  if (argument === undefined) return { type: 'words', words: [] }
  if (argument.argChoices !== undefined) return begunWith(current, argument.argChoices)
  switch (argument.name()) {
    case 'vm':
      return { type: 'vms' }
    case 'volume-id':
      return { type: 'volumes', vm: operands[0] ?? '' }
    case 'program':
    case 'arguments':
      return { type: 'words', words: [] }
    default:
      return { type: 'files' }
  }
}

function optionOf(program: ProgramShape, command: CommandShape | undefined, word: string) {
  return [...(command?.options ?? []), ...program.options].find(
    ({ long, short }) => long === word || short === word,
  )
}

function takesValue(program: ProgramShape, command: CommandShape | undefined, word: string): boolean {
  const option = optionOf(program, command, word)
  return option !== undefined && (option.required || option.optional)
}

function valuesOf(program: ProgramShape, command: CommandShape | undefined, word: string): Candidates {
  const choices = optionOf(program, command, word)?.argChoices
  if (choices !== undefined) return { type: 'words', words: choices }
  if (word === '--for') return { type: 'words', words: conditions }
  const isPath = ['--state-dir', '--qemu', '--backing'].includes(word)
  return isPath ? { type: 'files' } : { type: 'words', words: [] }
}

function flagsOf(program: ProgramShape, command: CommandShape | undefined): string[] {
  const options = [...(command?.options ?? []), ...program.options]
  return [...options.flatMap(({ long }) => long ?? []), '--help']
}

function begunWith(current: string, words: readonly string[]): { type: 'words'; words: string[] } {
  return { type: 'words', words: words.filter((word) => word.startsWith(current)) }
}

/** Stands for the names of files, which the shell knows best. */
export const filesMark = ':files'

/** What a shell runs at its start to complete our words. */
export const completionScripts = {
  bash: `_qemu_launch() {
  local reply
  reply=$(qemu-launch __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=()
  if [[ $reply == ${filesMark} ]]; then
    compopt -o default
  elif [[ -n $reply ]]; then
    mapfile -t COMPREPLY <<<"$reply"
  fi
}
complete -F _qemu_launch qemu-launch`,
  zsh: `#compdef qemu-launch
_qemu_launch() {
  local -a found
  found=("\${(@f)$(qemu-launch __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $found[1] == ${filesMark} ]]; then
    _files
  else
    compadd -a found
  fi
}
compdef _qemu_launch qemu-launch`,
  fish: `function __qemu_launch
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -l found (qemu-launch __complete -- $before[2..-1] "$current" 2>/dev/null)
  if test "$found[1]" = ${filesMark}
    __fish_complete_path "$current"
  else
    printf '%s\\n' $found
  end
end
complete -c qemu-launch -f -a '(__qemu_launch)'`,
} as const
