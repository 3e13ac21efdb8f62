import type { Member, Model } from './model.ts'
import type { TypeWriter } from './type-writer.ts'
import { docComment, indent, key, literal } from './words.ts'

/** `interface Commands`: by name what a command takes, answers, and whether it may run out of band. */
export function commandsInterface(model: Model, writer: TypeWriter): string {
  const entries = Object.entries(model.commands).map(([name, command]) => {
    const returns = (command.returns ?? []).map((type) => writer.reference(type, 'out'))
    const fields = [
      `arguments: ${argumentsType(model, writer, command.arguments, command.open === true)}\n`,
      `return: ${returns.length === 0 ? 'void' : returns.join(' | ')}\n`,
      `oob: ${command.oob === true}\n`,
    ]
    const doc = docComment(command, {
      versions: model.versions,
      anchor: writer.anchor('command', command.module, name),
    })
    return `${doc}${key(name)}: {\n${indent(fields.join(''), '  ')}}\n`
  })
  const doc = `/** What each command takes and answers, and whether it may overtake others, ${range(model)}. */\n`
  return `${doc}export interface Commands {\n${indent(entries.join(''), '  ')}}\n`
}

/** `interface Events`: by name what an event carries. */
export function eventsInterface(model: Model, writer: TypeWriter): string {
  const entries = Object.entries(model.events).map(([name, event]) => {
    const doc = docComment(event, {
      versions: model.versions,
      anchor: writer.anchor('event', event.module, name),
    })
    return `${doc}${key(name)}: ${dataType(model, writer, event.data)}\n`
  })
  const doc = `/** What each event carries, ${range(model)}. */\n`
  return `${doc}export interface Events {\n${indent(entries.join(''), '  ')}}\n`
}

/** Sets of commands that matter at run time. */
export function commandLists(model: Model): string {
  const list = (doc: string, name: string, names: readonly string[]): string =>
    `/** ${doc} */\nexport const ${name}: ReadonlySet<string> = new Set([\n${names
      .map((item) => `  ${literal(item)},\n`)
      .join('')}])\n`
  const commands = Object.entries(model.commands)
  const pick = (wanted: (command: Model['commands'][string]) => boolean): string[] =>
    commands.filter(([, command]) => wanted(command)).map(([name]) => name)
  return [
    list(
      'The commands whose answer is an empty object by the schema.',
      'VOID_COMMANDS',
      pick(({ returns }) => returns === undefined),
    ),
    list(
      'The commands that QEMU lets overtake others.',
      'OOB_COMMANDS',
      pick(({ oob }) => oob === true),
    ),
    list(
      'The commands that take members their schema does not tell.',
      'OPEN_COMMANDS',
      pick(({ open }) => open === true),
    ),
  ].join('\n')
}

function argumentsType(
  model: Model,
  writer: TypeWriter,
  payload: string | readonly Member[] | undefined,
  open: boolean,
): string {
  if (payload === undefined) return 'NoArguments'
  const type =
    typeof payload === 'string'
      ? writer.reference(payload, 'in')
      : writer.members(payload, 'in', model.versions, open)
  return writer.needsNothing(payload) ? `${type} | undefined` : type
}

function dataType(model: Model, writer: TypeWriter, payload: string | readonly Member[] | undefined): string {
  if (payload === undefined) return 'NoData'
  return typeof payload === 'string'
    ? writer.reference(payload, 'out')
    : writer.members(payload, 'out', model.versions)
}

function range({ versions }: Model): string {
  return versions.length === 1 ? `of QEMU ${versions[0]}` : `of QEMU ${versions[0]} to ${versions.at(-1)}`
}
