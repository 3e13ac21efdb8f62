import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type {
  Branch,
  CommandModel,
  EnumValue,
  EventModel,
  Facts,
  Member,
  Model,
  TypeModel,
} from '../codegen/model.ts'
import {
  isList,
  isObject,
  parseQapi,
  type QapiExpression,
  type QapiObject,
  type QapiValue,
} from './qapi-syntax.ts'

/** Reads qapi-schema.json and what it includes as the model of one version. Throws on what it does not know. */
export function readSchema(file: string, version: string): Model {
  const reader = new SchemaReader()
  reader.read(file)
  const { types, commands, events } = reader
  return { versions: [version], types, commands, events }
}

class SchemaReader {
  readonly types: Record<string, TypeModel> = {}
  readonly commands: Record<string, CommandModel> = {}
  readonly events: Record<string, EventModel> = {}
  readonly #files = new Set<string>()

  read(file: string): void {
    if (this.#files.has(file)) return
    this.#files.add(file)
    for (const expression of parseQapi(readFileSync(file, 'utf8'), file)) {
      const { include, pragma } = expression.value
      if (typeof include === 'string') this.read(join(dirname(file), include))
      else if (pragma === undefined) this.#define(expression, basename(file, '.json'))
    }
  }

  #define({ value, comment }: QapiExpression, module: string): void {
    const doc = new Documented(comment)
    const common = { module, ...facts(value, doc.since) }
    if (typeof value.enum === 'string') {
      const values = list(value.data).map((item) => enumValue(item, doc))
      this.types[value.enum] = { kind: 'enum', ...common, values }
    } else if (typeof value.struct === 'string') {
      this.types[value.struct] = {
        kind: 'object',
        ...common,
        ...(typeof value.base === 'string' ? { base: value.base } : {}),
        members: members(value.data, doc),
      }
    } else if (typeof value.union === 'string') {
      this.types[value.union] = {
        kind: 'object',
        ...common,
        ...(typeof value.base === 'string' ? { base: value.base } : {}),
        members: isObject(value.base) ? members(value.base, doc) : [],
        tag: text(value.discriminator),
        branches: branches(value.data, doc),
      }
    } else if (typeof value.alternate === 'string') {
      this.types[value.alternate] = { kind: 'alternate', ...common, branches: branches(value.data, doc) }
    } else if (typeof value.command === 'string') {
      this.commands[value.command] = {
        ...common,
        ...payload('arguments', value.data, doc),
        ...(value.returns === undefined ? {} : { returns: [typeName(value.returns)] }),
        ...(value['allow-oob'] === true ? { oob: true } : {}),
        ...(value['success-response'] === false ? { silent: true } : {}),
        ...(value.gen === false ? { open: true } : {}),
      }
    } else if (typeof value.event === 'string') {
      this.events[value.event] = { ...common, ...payload('data', value.data, doc) }
    } else {
      throw new Error(`unknown definition ${Object.keys(value).join(', ')} in ${module}`)
    }
  }
}

/** The release numbers in a definition's comment; nothing else of it is kept. */
class Documented {
  readonly since: string | undefined
  readonly #members = new Map<string, string>()

  constructor(comment: string) {
    this.since = /^#\s*Since:?\s+v?(\d+\.\d+)/m.exec(comment)?.[1]
    const sections = comment.split(/^#\s*@(?=[\w.-]+:)/m).slice(2)
    for (const section of sections) {
      const [name = ''] = section.split(':', 1)
      const own =
        section.split(/^#\s*(?:Since|Returns|Features|Notes?|Examples?|TODO|Errors|\.\.)\b/m, 1)[0] ?? ''
      const since = /\([^()]*\bsince:?\s+(?:#\s*)?v?(\d+\.\d+)/i.exec(own)?.[1]
      if (since !== undefined && !this.#members.has(name)) this.#members.set(name, since)
    }
  }

  member(name: string): string | undefined {
    return this.#members.get(name)
  }
}

function payload<K extends string>(key: K, data: QapiValue | undefined, doc: Documented): object {
  if (data === undefined) return {}
  return { [key]: typeof data === 'string' ? data : members(data, doc) }
}

function members(data: QapiValue | undefined, doc: Documented): Member[] {
  if (!isObject(data)) throw new Error('members are missing')
  return Object.entries(data).map(([key, value]) => {
    const name = key.replace(/^\*/, '')
    return {
      name,
      type: typeName(isObject(value) ? value.type : value),
      ...(key === name ? {} : { optional: true as const }),
      ...facts(value, doc.member(name)),
    }
  })
}

function branches(data: QapiValue | undefined, doc: Documented): Branch[] {
  if (!isObject(data)) throw new Error('branches are missing')
  return Object.entries(data).map(([name, value]) => ({
    name,
    type: typeName(isObject(value) ? value.type : value),
    ...facts(value, doc.member(name)),
  }))
}

function enumValue(item: QapiValue, doc: Documented): EnumValue {
  const name = text(isObject(item) ? item.name : item)
  return { name, ...facts(item, doc.member(name)) }
}

function facts(value: QapiValue, since: string | undefined): Facts {
  const of: QapiObject = isObject(value) ? value : {}
  const features = of.features === undefined ? [] : list(of.features)
  return {
    ...(since === undefined ? {} : { since }),
    ...(features.length === 0
      ? {}
      : { features: features.map((feature) => text(isObject(feature) ? feature.name : feature)) }),
    ...(of.if === undefined ? {} : { if: condition(of.if) }),
  }
}

function condition(value: QapiValue): string {
  if (typeof value === 'string') return value
  if (!isObject(value)) throw new Error('unknown form of a condition')
  if (value.not !== undefined) return `!${condition(value.not)}`
  const [operator, parts] = value.all === undefined ? [' || ', list(value.any)] : [' && ', list(value.all)]
  return parts.length === 1 ? parts.map(condition).join() : `(${parts.map(condition).join(operator)})`
}

function typeName(value: QapiValue | undefined): string {
  return isList(value) ? `[${text(value[0])}]` : text(value)
}

function list(value: QapiValue | undefined): readonly QapiValue[] {
  if (!isList(value)) throw new Error('expected a list')
  return value
}

function text(value: QapiValue | undefined): string {
  if (typeof value !== 'string') throw new Error('expected a string')
  return value
}
