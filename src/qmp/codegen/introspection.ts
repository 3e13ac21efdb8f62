import { QmpError } from '../errors.ts'
import { OPEN_COMMANDS } from '../generated/command-lists.ts'
import type { SchemaInfo } from '../generated/introspect.ts'
import { commandsInterface, eventsInterface } from './interfaces.ts'
import {
  type CommandModel,
  type EnumValue,
  type EventModel,
  elementType,
  type Member,
  type Model,
  type ObjectModel,
  type TypeModel,
} from './model.ts'
import { TypeWriter } from './type-writer.ts'

type Entity<K extends SchemaInfo['meta-type']> = SchemaInfo & { readonly 'meta-type': K }

/** The types of introspection by what JSON calls them. */
const BUILTINS: Readonly<Record<string, string>> = {
  string: 'str',
  int: 'int',
  number: 'number',
  boolean: 'bool',
  null: 'null',
  value: 'any',
}

/** What the written types need. */
const PRELUDE = `export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [member: string]: JsonValue | undefined
}
export type Int64 = number | bigint
export type Open<E extends string> = E | (string & {})
export type NoArguments = Readonly<Record<string, never>> | undefined
export type NoData = Readonly<Record<string, never>>

/** The types for a client of this QEMU: QmpClient.connect<Qmp>(address). */
export interface Qmp {
  commands: Commands
  events: Events
}
`

/**
 * A TypeScript module with the types of one build, from its answer to query-qmp-schema: `Commands`, `Events` and
 * what they consist of. Introspection hides the names of types, so they are named by where they are first met
 * (`BlockdevAddArgs_server`); `version` only goes into comments. Throws QMP_PROTOCOL for a schema
 * that does not hang together.
 */
export function renderTypesFromIntrospection(schema: readonly SchemaInfo[], version = 'unknown'): string {
  const model = new Reader(schema).read(version)
  const writer = new TypeWriter(model)
  const types = Object.keys(model.types).map((name) => writer.define(name))
  return [
    `// The QMP of QEMU ${version.replace(/\s+/g, ' ')}, written by qemu-launch from its introspection.\n`,
    PRELUDE,
    commandsInterface(model, writer),
    eventsInterface(model, writer),
    ...types,
  ].join('\n')
}

class Reader {
  readonly #entities: ReadonlyMap<string, SchemaInfo>
  /** Masked name to ours. */
  readonly #names = new Map<string, string>()
  readonly #types: Record<string, TypeModel> = {}
  readonly #queue: string[] = []

  constructor(schema: readonly SchemaInfo[]) {
    this.#entities = new Map(schema.map((entity) => [entity.name, entity]))
  }

  read(version: string): Model {
    const commands: Record<string, CommandModel> = {}
    const events: Record<string, EventModel> = {}
    for (const entity of this.#entities.values()) {
      const { name } = entity
      if (entity['meta-type'] === 'command') {
        const returns = this.#isEmpty(entity['ret-type'])
          ? undefined
          : [this.#type(entity['ret-type'], `${pascal(name)}Result`)]
        commands[name] = {
          ...facts(entity),
          ...this.#payload('arguments', entity['arg-type'], `${pascal(name)}Args`),
          ...(returns === undefined ? {} : { returns }),
          ...(entity['allow-oob'] === true ? { oob: true } : {}),
          ...(OPEN_COMMANDS.has(name) ? { open: true } : {}),
        }
      } else if (entity['meta-type'] === 'event') {
        events[name] = {
          ...facts(entity),
          ...this.#payload('data', entity['arg-type'], `${pascal(name.toLowerCase())}Event`),
        }
      }
    }
    for (let name = this.#queue.shift(); name !== undefined; name = this.#queue.shift()) {
      const ours = this.#names.get(name) ?? name
      this.#types[ours] = this.#define(name, ours)
    }
    return { versions: [version], types: this.#types, commands, events }
  }

  #entity(name: string): SchemaInfo {
    const entity = this.#entities.get(name)
    if (entity === undefined)
      throw new QmpError('QMP_PROTOCOL', `the schema names a type ${name} it does not have`)
    return entity
  }

  #object(name: string): Entity<'object'> {
    const entity = this.#entity(name)
    if (entity['meta-type'] !== 'object')
      throw new QmpError('QMP_PROTOCOL', `${name} is not an object in this schema`)
    return entity
  }

  #isEmpty(name: string): boolean {
    const entity = this.#entity(name)
    return entity['meta-type'] === 'object' && entity.members.length === 0 && !entity.variants?.length
  }

  /** Members in place; the name of a type where it has variants. */
  #payload(key: 'arguments' | 'data', type: string, name: string): object {
    if (this.#isEmpty(type)) return {}
    const object = this.#object(type)
    return { [key]: object.variants?.length ? this.#type(type, name) : this.#members(object, name) }
  }

  /** How our model writes the type; when met for the first time it gets that name. */
  #type(masked: string, name: string): string {
    const entity = this.#entity(masked)
    if (entity['meta-type'] === 'builtin') return BUILTINS[entity['json-type']] ?? 'any'
    if (entity['meta-type'] === 'array') return `[${elementType(this.#type(entity['element-type'], name))}]`
    const known = this.#names.get(masked)
    if (known !== undefined) return known
    const taken = new Set(this.#names.values())
    let free = name
    for (let count = 2; taken.has(free); count++) free = `${name}${count}`
    this.#names.set(masked, free)
    this.#queue.push(masked)
    return free
  }

  #define(masked: string, name: string): TypeModel {
    const entity = this.#entity(masked)
    const common = facts(entity)
    switch (entity['meta-type']) {
      case 'enum': {
        const values: readonly EnumValue[] =
          (entity.members as typeof entity.members | undefined)?.map((value) => ({
            name: value.name,
            ...featured(value),
          })) ?? entity.values.map((value) => ({ name: value }))
        return { kind: 'enum', ...common, values }
      }
      case 'alternate': {
        const branches = entity.members.map(({ type }, index) => ({
          name: String(index),
          type: this.#type(type, `${name}_${index}`),
        }))
        return { kind: 'alternate', ...common, branches }
      }
      case 'object':
        return this.#defineObject(entity, name)
      case 'array':
      case 'builtin':
      case 'command':
      case 'event':
        throw new QmpError('QMP_PROTOCOL', `${masked} is no type to define`)
      default:
        return entity satisfies never
    }
  }

  #defineObject(entity: Entity<'object'>, name: string): ObjectModel {
    const members = this.#members(entity, name)
    const common = { kind: 'object', ...facts(entity), members } as const
    if (entity.tag === undefined) return common
    const branches = (entity.variants ?? [])
      .filter(({ type }) => !this.#isEmpty(type))
      .map((variant) => ({
        name: variant.case,
        type: this.#type(variant.type, `${name}_${word(variant.case)}`),
      }))
    return { ...common, tag: entity.tag, branches }
  }

  #members(entity: Entity<'object'>, name: string): Member[] {
    return entity.members.map((member) => ({
      name: member.name,
      type: this.#type(member.type, `${name}_${word(member.name)}`),
      ...('default' in member ? { optional: true as const } : {}),
      ...featured(member),
    }))
  }
}

interface Featured {
  readonly features?: readonly string[]
}

function featured({ features }: Featured): Featured {
  return features === undefined || features.length === 0 ? {} : { features }
}

const facts = (entity: Featured) => ({ module: 'introspection', ...featured(entity) })

const word = (name: string): string => name.replace(/\W+/g, '_')

const pascal = (name: string): string =>
  name.replace(/(?:^|[-_.]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())
