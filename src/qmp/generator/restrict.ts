import {
  allMembers,
  type Branch,
  elementType,
  type Facts,
  type Member,
  type Model,
  type ObjectModel,
  type TypeModel,
} from '../codegen/model.ts'

/**
 * What of a merged model one of its versions has. A member that this version requires is required, whatever
 * others do; where the merged model does not tell which type a version had, all that it knows are allowed.
 */
export function restrictModel(model: Model, version: string): Model {
  return new Restriction(model, version).run()
}

class Restriction {
  readonly #model: Model
  readonly #version: string

  constructor(model: Model, version: string) {
    this.#model = model
    this.#version = version
  }

  run(): Model {
    const { types, commands, events } = this.#model
    return {
      versions: [this.#version],
      // All of them: a type of another name may have replaced a later type.
      types: Object.fromEntries(
        Object.entries(types).map(([name, type]) => [name, this.#type(timeless(type))]),
      ),
      commands: this.#each(commands, (command) => ({
        ...command,
        ...(command.arguments === undefined ? {} : { arguments: this.#payload(command.arguments) }),
        ...(command.returns === undefined ? {} : { returns: this.#forms(command.returns) }),
      })),
      events: this.#each(events, (event) => ({
        ...event,
        ...(event.data === undefined ? {} : { data: this.#payload(event.data) }),
      })),
    }
  }

  #each<T extends Facts>(all: Readonly<Record<string, T>>, change: (one: T) => T): Record<string, T> {
    const present = Object.entries(all).filter(([, one]) => this.#has(one))
    return Object.fromEntries(present.map(([name, one]) => [name, change(timeless(one))]))
  }

  #type(type: TypeModel): TypeModel {
    switch (type.kind) {
      case 'enum':
        return { ...type, values: this.#present(type.values) }
      case 'alternate':
        return { ...type, branches: this.#typed(type.branches) }
      case 'object':
        return this.#object(type)
      default:
        return type satisfies never
    }
  }

  /** Where the tag is not there yet, what became a union is still a struct. */
  #object({ tag, branches, ...type }: ObjectModel): ObjectModel {
    const struct = { ...type, members: this.#members(type.members) }
    if (tag === undefined) return struct
    const tagMember = allMembers(this.#model, type).find(({ name }) => name === tag)
    if (tagMember === undefined || !this.#has(tagMember)) return struct
    return { ...struct, tag, branches: this.#typed(branches ?? []) }
  }

  #payload(payload: string | readonly Member[]): string | readonly Member[] {
    return typeof payload === 'string' ? payload : this.#members(payload)
  }

  #members(members: readonly Member[]): Member[] {
    return this.#typed(members).map(({ optional, requiredBy, ...member }) => {
      const isRequired = optional === undefined || requiredBy?.includes(this.#version) === true
      return isRequired ? member : { ...member, optional: true }
    })
  }

  #typed<T extends Member | Branch>(items: readonly T[]): T[] {
    return this.#present(items).map(({ was, ...item }) => {
      const [type = item.type, ...others] = this.#forms([item.type, ...(was ?? [])])
      return { ...item, type, ...(others.length === 0 ? {} : { was: others }) } as unknown as T
    })
  }

  #present<T extends Facts>(items: readonly T[]): T[] {
    return items.filter((item) => this.#has(item)).map(timeless)
  }

  /** Of the types something had over time, those this version has. */
  #forms(types: readonly string[]): string[] {
    return types.filter((type) => {
      const known = this.#model.types[elementType(type)]
      return known === undefined || this.#has(known)
    })
  }

  #has({ from, until }: Facts): boolean {
    const { versions } = this.#model
    const at = versions.indexOf(this.#version)
    return (
      (from === undefined || versions.indexOf(from) <= at) &&
      (until === undefined || at <= versions.indexOf(until))
    )
  }
}

function timeless<T extends Facts>({ from: _from, until: _until, ...rest }: T): T {
  return rest as unknown as T
}
