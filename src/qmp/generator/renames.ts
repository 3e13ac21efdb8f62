import { elementType, type Member, type Model, type TypeModel } from '../codegen/model.ts'

/**
 * The older model with its types called as in the newer one, where one name went and another came in the same
 * place. Type names are no part of QEMU's interface, and it does rename them.
 */
export function alignNames(older: Model, newer: Model): Model {
  let aligned = older
  for (;;) {
    const renames = findRenames(aligned, newer)
    if (renames.size === 0) return aligned
    aligned = rename(aligned, renames)
  }
}

function findRenames(older: Model, newer: Model): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const compare = (before: string | undefined, after: string | undefined): void => {
    if (before === undefined || after === undefined) return
    const [from, to] = [elementType(before), elementType(after)]
    const [gone, came] = [older.types[from], newer.types[to]]
    if (gone === undefined || came === undefined || gone.kind !== came.kind) return
    if (newer.types[from] === undefined && older.types[to] === undefined) found.set(from, to)
  }
  const compareAll = (before: readonly Typed[], after: readonly Typed[]): void => {
    for (const { name, type } of before) compare(type, after.find((other) => other.name === name)?.type)
  }
  for (const [name, type] of Object.entries(older.types)) {
    const other = newer.types[name]
    if (other !== undefined) compareAll(typed(type), typed(other))
  }
  for (const [name, command] of Object.entries(older.commands)) {
    const other = newer.commands[name]
    compare(command.returns?.[0], other?.returns?.[0])
    compareAll(inline(command.arguments), inline(other?.arguments))
    compare(named(command.arguments), named(other?.arguments))
  }
  for (const [name, event] of Object.entries(older.events)) {
    const other = newer.events[name]
    compareAll(inline(event.data), inline(other?.data))
    compare(named(event.data), named(other?.data))
  }
  return found
}

interface Typed {
  readonly name: string
  readonly type: string
}

const inline = (payload: string | readonly Member[] | undefined): readonly Typed[] =>
  payload === undefined || typeof payload === 'string' ? [] : payload

const named = (payload: string | readonly Member[] | undefined): string | undefined =>
  typeof payload === 'string' ? payload : undefined

function typed(type: TypeModel): readonly Typed[] {
  switch (type.kind) {
    case 'enum':
      return []
    case 'object':
      return [...type.members, ...(type.branches ?? [])]
    case 'alternate':
      return type.branches
    default:
      return type satisfies never
  }
}

function rename(model: Model, renames: ReadonlyMap<string, string>): Model {
  const one = (type: string): string => {
    const to = renames.get(elementType(type))
    return to === undefined ? type : type.replace(elementType(type), to)
  }
  const all = <T extends Typed>(items: readonly T[]): T[] =>
    items.map((item) => ({ ...item, type: one(item.type) }))
  const payload = (value: string | readonly Member[]) => (typeof value === 'string' ? one(value) : all(value))
  const types = Object.entries(model.types).map(([name, type]): [string, TypeModel] => {
    if (type.kind === 'enum') return [one(name), type]
    if (type.kind === 'alternate') return [one(name), { ...type, branches: all(type.branches) }]
    return [
      one(name),
      {
        ...type,
        ...(type.base === undefined ? {} : { base: one(type.base) }),
        members: all(type.members),
        ...(type.branches === undefined ? {} : { branches: all(type.branches) }),
      },
    ]
  })
  const commands = Object.entries(model.commands).map(([name, command]) => [
    name,
    {
      ...command,
      ...(command.arguments === undefined ? {} : { arguments: payload(command.arguments) }),
      ...(command.returns === undefined ? {} : { returns: command.returns.map(one) }),
    },
  ])
  const events = Object.entries(model.events).map(([name, event]) => [
    name,
    { ...event, ...(event.data === undefined ? {} : { data: payload(event.data) }) },
  ])
  return {
    versions: model.versions,
    types: Object.fromEntries(types),
    commands: Object.fromEntries(commands),
    events: Object.fromEntries(events),
  }
}
