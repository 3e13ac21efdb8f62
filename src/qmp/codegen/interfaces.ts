import type { CommandModel, Member, Model } from './model.ts'
import type { TypeWriter } from './type-writer.ts'
import { docComment, indent, key } from './words.ts'

/** `interface Commands`: by name what a command takes, answers, and whether it may run out of band. */
export function commandsInterface(model: Model, writer: TypeWriter): string {
  const doc = `/** What each command takes and answers, and whether it may overtake others, ${range(model)}. */\n`
  return interfaceOf('Commands', doc, commandEntries(model, writer))
}

/** `interface GuestCommands`: by name what the agent takes, answers, and whether it keeps silent on success. */
export function guestCommandsInterface(model: Model, writer: TypeWriter): string {
  const doc = `/** What each command of the guest agent takes and answers, and whether its success is silent, ${range(model)}. */\n`
  return interfaceOf(
    'GuestCommands',
    doc,
    entries(model, writer, ({ silent }) => `silent: ${silent === true}\n`),
  )
}

/** `interface Events`: by name what an event carries. */
export function eventsInterface(model: Model, writer: TypeWriter): string {
  const doc = `/** What each event carries, ${range(model)}. */\n`
  return interfaceOf('Events', doc, eventEntries(model, writer))
}

/** The members of `Commands`. */
export function commandEntries(model: Model, writer: TypeWriter): ReadonlyMap<string, string> {
  return entries(model, writer, ({ oob }) => `oob: ${oob === true}\n`)
}

/** The members of `Events`. */
export function eventEntries(model: Model, writer: TypeWriter): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(model.events).map(([name, event]) => {
      const doc = docComment(event, {
        versions: model.versions,
        anchor: writer.anchor('event', event.module, name),
      })
      return [name, `${doc}${key(name)}: ${dataType(model, writer, event.data)}\n`]
    }),
  )
}

function entries(
  model: Model,
  writer: TypeWriter,
  trait: (command: CommandModel) => string,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(model.commands).map(([name, command]) => {
      const returns = (command.returns ?? []).map((type) => writer.reference(type, 'out'))
      const fields = [
        `arguments: ${argumentsType(model, writer, command.arguments, command.open === true)}\n`,
        `return: ${returns.length === 0 ? 'void' : returns.join(' | ')}\n`,
        trait(command),
      ]
      const doc = docComment(command, {
        versions: model.versions,
        anchor: writer.anchor('command', command.module, name),
      })
      return [name, `${doc}${key(name)}: {\n${indent(fields.join(''), '  ')}}\n`]
    }),
  )
}

function interfaceOf(name: string, doc: string, members: ReadonlyMap<string, string>): string {
  return `${doc}export interface ${name} {\n${indent([...members.values()].join(''), '  ')}}\n`
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
