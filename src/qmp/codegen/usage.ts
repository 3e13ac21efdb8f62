import { elementType, type Member, type Model, type TypeModel } from './model.ts'

/** Which types commands take and which they and events give, and which of those look different both ways. */
export interface Usage {
  readonly input: ReadonlySet<string>
  readonly output: ReadonlySet<string>
  /** Used both ways, and not the same both ways: these get a form of their own for input. */
  readonly twofold: ReadonlySet<string>
}

/** Builtins whose TypeScript type is not the same in arguments and answers. */
const DIRECTED = new Set(['any', 'int', 'int8', 'int16', 'int32', 'uint8', 'uint16', 'uint32'])

/** Walks the model from its commands and events. */
export function findUsage(model: Model): Usage {
  const input = new Set<string>()
  const output = new Set<string>()
  const visit = (type: string, seen: Set<string>): void => {
    const name = elementType(type)
    const found = model.types[name]
    if (found === undefined || seen.has(name)) return
    seen.add(name)
    for (const { type: next } of references(found)) visit(next, seen)
  }
  const visitPayload = (payload: string | readonly Member[] | undefined, seen: Set<string>): void => {
    if (typeof payload === 'string') visit(payload, seen)
    else for (const type of (payload ?? []).flatMap(typesOf)) visit(type, seen)
  }
  for (const command of Object.values(model.commands)) {
    visitPayload(command.arguments, input)
    for (const type of command.returns ?? []) visit(type, output)
  }
  for (const event of Object.values(model.events)) visitPayload(event.data, output)
  return { input, output, twofold: findTwofold(model, input, output) }
}

function findTwofold(
  model: Model,
  input: ReadonlySet<string>,
  output: ReadonlySet<string>,
): ReadonlySet<string> {
  const both = [...input].filter((name) => output.has(name) && model.types[name]?.kind !== 'enum')
  const twofold = new Set<string>()
  const isTwofold = (name: string): boolean => {
    const type = model.types[name]
    return (
      type !== undefined &&
      references(type).some(({ type: next, isTag }) => {
        const other = elementType(next)
        if (DIRECTED.has(other) || twofold.has(other)) return true
        return !isTag && model.types[other]?.kind === 'enum'
      })
    )
  }
  for (;;) {
    const more = both.filter((name) => !twofold.has(name) && isTwofold(name))
    if (more.length === 0) return twofold
    for (const name of more) twofold.add(name)
  }
}

const typesOf = (item: { readonly type: string; readonly was?: readonly string[] }): readonly string[] => [
  item.type,
  ...(item.was ?? []),
]

/** The types that a type's definition names. */
function references(type: TypeModel): readonly { readonly type: string; readonly isTag?: boolean }[] {
  switch (type.kind) {
    case 'enum':
      return []
    case 'alternate':
      return type.branches.flatMap(typesOf).map((name) => ({ type: name }))
    case 'object':
      return [
        ...(type.base === undefined ? [] : [{ type: type.base }]),
        ...type.members.flatMap((member) =>
          typesOf(member).map((name) => ({ type: name, isTag: member.name === type.tag })),
        ),
        ...(type.branches ?? []).flatMap(typesOf).map((name) => ({ type: name })),
      ]
    default:
      return type satisfies never
  }
}
