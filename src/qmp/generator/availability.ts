import {
  allMembers,
  type Branch,
  type EnumValue,
  elementType,
  type Facts,
  type Member,
  type Model,
} from '../codegen/model.ts'
import { literal } from '../codegen/words.ts'

/**
 * A table by schema path: since when, the version that removed it, the version that deprecates it. Commands and
 * events are all in it; of members, union cases and enum values those that not all versions have or that are deprecated.
 */
export function availabilityTable(model: Model): string {
  const rows = new Map<string, Facts>()
  for (const [name, command] of Object.entries(model.commands)) {
    rows.set(name, command)
    new Walk(model, rows).payload(command.arguments, `${name}/arg-type`)
    for (const type of command.returns ?? []) new Walk(model, rows).type(type, `${name}/ret-type`)
  }
  for (const [name, event] of Object.entries(model.events)) {
    rows.set(name, event)
    new Walk(model, rows).payload(event.data, `${name}/arg-type`)
  }
  const lines = [...rows].map(
    ([path, facts]) => `  ${literal(path)}: [${versions(model, facts).map(literal).join(', ')}],\n`,
  )
  return `/** By path: since when, gone in, deprecated in; an empty word where there is nothing to say. */
export const AVAILABILITY: Readonly<Record<string, readonly [since?: string, removed?: string, deprecated?: string]>> = {
${lines.join('')}}\n`
}

function versions(model: Model, { since, from, until, deprecated }: Facts): readonly string[] {
  const removed = until === undefined ? '' : (model.versions[model.versions.indexOf(until) + 1] ?? '')
  const words = [since ?? from ?? '', removed, deprecated ?? '']
  while (words.at(-1) === '') words.pop()
  return words
}

/** From one command or event; each type is gone through where it is first met. */
class Walk {
  readonly #model: Model
  readonly #rows: Map<string, Facts>
  readonly #seen = new Set<string>()

  constructor(model: Model, rows: Map<string, Facts>) {
    this.#model = model
    this.#rows = rows
  }

  payload(payload: string | readonly Member[] | undefined, path: string): void {
    if (typeof payload === 'string') this.type(payload, path)
    else this.#members(payload ?? [], path)
  }

  type(name: string, path: string): void {
    const type = this.#model.types[elementType(name)]
    if (type === undefined || this.#seen.has(elementType(name))) return
    this.#seen.add(elementType(name))
    if (type.kind === 'enum') for (const value of type.values) this.#row(value, `${path}/^${value.name}`)
    else if (type.kind === 'alternate') for (const branch of type.branches) this.type(branch.type, path)
    else {
      this.#members(allMembers(this.#model, type), path)
      for (const branch of type.branches ?? []) {
        this.#row(branch, `${path}/+${branch.name}`)
        this.type(branch.type, `${path}/+${branch.name}`)
      }
    }
  }

  #members(members: readonly Member[], path: string): void {
    for (const member of members) {
      this.#row(member, `${path}/${member.name}`)
      this.type(member.type, `${path}/${member.name}`)
    }
  }

  #row(item: Member | Branch | EnumValue, path: string): void {
    if (item.from !== undefined || item.until !== undefined || item.deprecated !== undefined) {
      this.#rows.set(path, item)
    }
  }
}
