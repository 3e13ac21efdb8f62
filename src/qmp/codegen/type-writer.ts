import {
  type AlternateModel,
  allMembers,
  type Branch,
  type EnumModel,
  elementType,
  type Member,
  type Model,
  type ObjectModel,
  objectType,
} from './model.ts'
import { findUsage, type Usage } from './usage.ts'
import { docComment, indent, key, literal } from './words.ts'

/** `in`: commands take it. `out`: commands and events give it. */
export type Direction = 'in' | 'out'

/** The names the written text uses and does not define. */
export const HELPERS = ['Int64', 'Integer', 'JsonValue', 'NoArguments', 'NoData', 'Open'] as const

const MAX_WIDTH = 110

/** The parts of QEMU's manual, by the name space of their anchors. */
const PAGES = { QMP: 'qemu-qmp-ref.html', QGA: 'qemu-ga-ref.html' } as const

/** The builtins as TypeScript, in arguments and in answers. */
const BUILTINS: Readonly<Record<string, readonly [input: string, output: string]>> = {
  str: ['string', 'string'],
  bool: ['boolean', 'boolean'],
  null: ['null', 'null'],
  number: ['number', 'number'],
  any: ['JsonValue', 'unknown'],
  int: ['Int64', 'number'],
  int64: ['Int64', 'Int64'],
  uint64: ['Int64', 'Int64'],
  size: ['Int64', 'Int64'],
  ...Object.fromEntries(
    ['int8', 'int16', 'int32', 'uint8', 'uint16', 'uint32'].map((name) => [name, ['Integer', 'number']]),
  ),
}

/** Writes the types of a model as TypeScript. Names in brackets are arrays; unknown names throw. */
export class TypeWriter {
  readonly usage: Usage
  readonly #model: Model
  readonly #manual: keyof typeof PAGES | undefined

  /** `manual`: the part of QEMU's manual that has these names, to point there. */
  constructor(model: Model, manual?: keyof typeof PAGES) {
    this.#model = model
    this.#manual = manual
    this.usage = findUsage(model)
  }

  /** A place in the manual. */
  anchor(kind: string, module: string, name: string): string | undefined {
    if (this.#manual === undefined) return undefined
    return `${PAGES[this.#manual]}#${kind}-${this.#manual}-${module}.${name}`
  }

  /** The definition of a type, or both where commands take another form of it than they give. */
  define(name: string): string {
    const type = this.#model.types[name]
    if (type === undefined) throw new Error(`the model has no type ${name}`)
    const doc = docComment(type, {
      versions: this.#model.versions,
      anchor: this.anchor(type.kind, type.module, name),
    })
    const write = (direction: Direction): string => {
      const named = direction === 'in' && this.usage.twofold.has(name) ? `${name}Input` : name
      const start = `${doc}export type ${named} =`
      switch (type.kind) {
        case 'enum':
          return `${start}${this.#enumeration(type)}\n`
        case 'alternate':
          return `${start} ${this.#alternate(type, direction)}\n`
        case 'object':
          return `${start} ${this.#object(type, direction)}\n`
        default:
          return type satisfies never
      }
    }
    if (this.usage.twofold.has(name)) return `${write('out')}\n${write('in')}`
    return write(this.usage.input.has(name) ? 'in' : 'out')
  }

  /** A reference to a type. */
  reference(type: string, direction: Direction): string {
    if (type.startsWith('[')) return `readonly ${this.reference(elementType(type), direction)}[]`
    const builtin = BUILTINS[type]
    if (builtin !== undefined) return builtin[direction === 'in' ? 0 : 1]
    const known = this.#model.types[type]
    if (known === undefined) throw new Error(`the model has no type ${type}`)
    if (known.kind === 'enum' && direction === 'out') return `Open<${type}>`
    return direction === 'in' && this.usage.twofold.has(type) ? `${type}Input` : type
  }

  /** Members in braces. `versions` are those of what they are members of. */
  members(list: readonly Member[], direction: Direction, versions: readonly string[], open = false): string {
    const text = list.map((member) => this.#member(member, direction, versions)).join('')
    if (open) return `{\n${indent(`${text}readonly [member: string]: JsonValue | undefined\n`, '  ')}}`
    return list.length === 0 ? '{}' : `{\n${indent(text, '  ')}}`
  }

  /** Arguments that are all optional may be left out as a whole. */
  needsNothing(payload: string | readonly Member[]): boolean {
    if (typeof payload !== 'string') return !payload.some(isRequired)
    const type = objectType(this.#model, payload)
    return type.tag === undefined && !allMembers(this.#model, type).some(isRequired)
  }

  #member(member: Member, direction: Direction, versions: readonly string[]): string {
    const type = this.#union(member, direction)
    const doc = docComment(member, { versions, sometimesRequired: member.optional === 'some' })
    if (isRequired(member)) return `${doc}readonly ${key(member.name)}: ${type}\n`
    const absent = direction === 'in' ? ' | undefined' : ''
    return `${doc}readonly ${key(member.name)}?: ${type}${absent}\n`
  }

  #union(item: { readonly type: string; readonly was?: readonly string[] }, direction: Direction): string {
    const types = [item.type, ...(item.was ?? [])].map((type) => this.reference(type, direction))
    return [...new Set(types)].join(' | ')
  }

  #enumeration({ values }: EnumModel): string {
    const line = ` ${values.map(({ name }) => literal(name)).join(' | ')}`
    const { versions } = this.#model
    const docs = values.map((value) => docComment(value, { versions }))
    if (docs.every((doc) => doc === '') && line.length < MAX_WIDTH - 40) return line
    const lines = values.map(({ name }, index) => `\n${indent(`${docs[index]}| ${literal(name)}`, '  ')}`)
    return lines.join('')
  }

  #alternate({ branches }: AlternateModel, direction: Direction): string {
    return branches.map((branch) => this.#union(branch, direction)).join(' | ')
  }

  #object(type: ObjectModel, direction: Direction): string {
    const { versions } = this.#model
    // The arms tell the tag.
    const own = type.members.filter(({ name }) => name !== type.tag)
    const parts: string[] = []
    if (type.base !== undefined) parts.push(this.reference(type.base, direction))
    if (own.length > 0) parts.push(this.members(own, direction, versions))
    if (type.tag !== undefined) parts.push(this.#arms(type, type.tag, direction))
    return parts.length === 0 ? 'Readonly<Record<string, never>>' : parts.join(' & ')
  }

  #arms(type: ObjectModel, tag: string, direction: Direction): string {
    const values = this.#tagValues(type, tag)
    const branches = new Map((type.branches ?? []).map((branch) => [branch.name, branch]))
    const bare = values.filter(({ name }) => !branches.has(name))
    const arms = values.flatMap((value) => {
      const branch = branches.get(value.name)
      if (branch === undefined) return []
      const content = this.#arm(branch, value.from, direction)
      const doc = docComment({ ...value, ...branch }, { versions: this.#model.versions })
      return [`${doc}| ({ readonly ${key(tag)}: ${literal(value.name)} } & ${content})\n`]
    })
    if (bare.length > 0) {
      const names = bare.map(({ name }) => literal(name)).join(' | ')
      arms.push(`| { readonly ${key(tag)}: ${names} }\n`)
    }
    return `(\n${indent(arms.join(''), '  ')})`
  }

  /** A case that is older than its branch has the branch's members in newer versions only. */
  #arm(branch: Branch, caseFrom: string | undefined, direction: Direction): string {
    const content = this.#union(branch, direction)
    if (branch.from !== undefined && caseFrom === undefined) return `Partial<${content}>`
    return content.includes(' | ') ? `(${content})` : content
  }

  #tagValues(type: ObjectModel, tag: string): EnumModel['values'] {
    const member = allMembers(this.#model, type).find(({ name }) => name === tag)
    const values = member === undefined ? undefined : this.#model.types[member.type]
    if (values?.kind !== 'enum') throw new Error(`the tag ${tag} is no enum`)
    return values.values
  }
}

const isRequired = ({ optional, from, until }: Member): boolean =>
  optional === undefined && from === undefined && until === undefined
