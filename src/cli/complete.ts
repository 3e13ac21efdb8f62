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

/** What the next word may be: one of these words, or a name that is looked up now. */
export type Candidates =
  | { readonly type: 'words'; readonly words: readonly string[] }
  | { readonly type: 'vms' }
  | { readonly type: 'volumes'; readonly vm: string }
  | { readonly type: 'templates' }
  | { readonly type: 'files' }

/** Commands that only our own scripts use. */
const isHidden = (name: string) => name.startsWith('__')

const nothing: Candidates = { type: 'words', words: [] }

const conditions = ['agent', 'ended', 'port:', 'text:']

/**
 * Finds what the last of these words may be, after the others. It may be empty, or begun. Pure.
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
  if (!onlyOperands && current.startsWith('-')) {
    const [flag = '', value] = splitFlag(current)
    return value === undefined
      ? begunWith(current, flagsOf(program, command))
      : valuesOf(program, command, flag)
  }
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
  if (argument === undefined) return nothing
  if (argument.argChoices !== undefined) return begunWith(current, argument.argChoices)
  switch (argument.name()) {
    case 'vm':
      return { type: 'vms' }
    case 'volume-id':
      return { type: 'volumes', vm: operands[0] ?? '' }
    case 'template':
      return { type: 'templates' }
    case 'name':
      return operands[0] === 'delete' ? { type: 'templates' } : nothing
    case 'arguments':
    case 'command':
    case 'drive':
    case 'new-vm':
    case 'program':
      return nothing
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
  if (word === '--from') return { type: 'vms' }
  return ['--state-dir', '--qemu', '--backing'].includes(word) ? { type: 'files' } : nothing
}

function flagsOf(program: ProgramShape, command: CommandShape | undefined): string[] {
  const options = [...(command?.options ?? []), ...program.options]
  return [...options.flatMap(({ long }) => long ?? []), '--help']
}

function begunWith(current: string, words: readonly string[]): { type: 'words'; words: string[] } {
  return { type: 'words', words: words.filter((word) => word.startsWith(current)) }
}

/** `--flag=value` in two; the value is undefined without `=`. Pure. */
function splitFlag(word: string): readonly (string | undefined)[] {
  const at = word.indexOf('=')
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)]
}

/** What comes before the value in a word such as `--format=js`, which the shell replaces as a whole. Pure. */
export function prefixOf(word: string): string {
  const [flag, value] = splitFlag(word)
  return word.startsWith('--') && value !== undefined ? `${flag}=` : ''
}

/** The state directory that the words before the last one name, if any. Pure. */
export function stateDirIn(words: readonly string[]): string | undefined {
  const end = words.indexOf('--')
  const before = words.slice(0, end === -1 ? -1 : end)
  let found: string | undefined
  for (const [index, word] of before.entries()) {
    const [flag, value = before[index + 1]] = splitFlag(word)
    if (flag === '--state-dir') found = value
  }
  return found
}
