/**
 * The door of zod: schema files take `z` and these few helpers from here and from nowhere else.
 * It stays out of the room's index, so that who only speaks QMP does not load a schema library.
 */
import { z } from 'zod'
import type { Fault } from '../errors.ts'
import { closest, nearest } from './nearest.ts'

export { z }

type Path = readonly PropertyKey[]
type Issue = z.core.$ZodIssue
type RawIssue = z.core.$ZodRawIssue

/** What came out of a check: the value, or every fault in it. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: Fault[] }

const login = /\/\/[^\s/]*@/g
const secret = /(?<![\w-])((?:pass(?:word|wd|phrase)|cookie|token|secret|key)=)(?:\\.|[^"'\s,:;&}\\])+/gi

/** A text with an address in it, without what may be a password or a key there. */
const withoutUser = (text: string): string => text.replace(login, '//…@').replace(secret, '$1…')

/** Faults as they may be shown. */
export function withoutUsers(faults: readonly Fault[]): readonly Fault[] {
  return faults.map((fault) =>
    typeof fault.value === 'string' ? { ...fault, value: withoutUser(fault.value) } : fault,
  )
}

/** A value as it is quoted in a fault: short, and on one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'function') return 'a function'
  const text = typeof value === 'string' ? JSON.stringify(withoutUser(value)) : String(value)
  return text.length > 160 ? `${text.slice(0, 159)}…` : text
}

/** `drives[0].iothread` for `['drives', 0, 'iothread']`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}

/** A schema's error text: what was found, and what it should be. */
export function should(text: string): (issue: { readonly input?: unknown }) => string {
  return (issue) =>
    issue.input === undefined ? `is required: should ${text}` : `${show(issue.input)} should ${text}`
}

/** The error text of a union that is told apart by one key. */
export function shouldHave(
  key: string,
  kinds: readonly string[],
  text: string,
): (issue: { readonly input?: unknown }) => string {
  return (issue) => {
    const kind = typeof issue.input === 'object' ? valueAt(issue.input, [key]) : undefined
    return kind === undefined ? should(text)(issue) : `${show(kind)} should ${oneOf(kinds, kind)}`
  }
}

/** A text that a C program can take: not empty, no zero byte. */
export const text = z
  .string()
  .min(1)
  .refine((value) => !value.includes('\0'), { error: should('be without a zero byte') })

/**
 * An object that takes these keys only; an unknown one is named together with the nearest one there is.
 * `meant` has what others call the keys.
 */
export function strict<S extends z.core.$ZodLooseShape>(
  shape: S,
  meant: Readonly<Record<string, keyof S & string>> = {},
) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(key, known, meant)).join('\n')
        : undefined,
  })
}

function unknownKey(key: string, known: readonly string[], meant: Readonly<Record<string, string>>): string {
  const found = closest(key, [...known, ...Object.keys(meant)])
  if (found === undefined) return 'is not a known key: there are no keys here'
  const name = Object.hasOwn(meant, found.word) ? meant[found.word] : found.word
  return found.isNear
    ? `is not a known key: did you mean ${name}?`
    : `is not a known key: should be one of ${known.join(', ')}`
}

function oneOf(values: readonly unknown[], input: unknown): string {
  const list = values.map(String)
  const near = typeof input === 'string' ? nearest(input, list) : undefined
  return `be ${list.length === 1 ? '' : 'one of '}${list.join(', ')}${near === undefined ? '' : ` (did you mean ${near}?)`}`
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** The text of an issue for which the schema has no words of its own. */
function describe(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return should(`be ${nouns[issue.expected] ?? issue.expected}`)(issue)
    case 'invalid_value':
      return should(oneOf(issue.values, issue.input))(issue)
    case 'too_small':
      return should(`be ${bound('at least', issue.minimum, issue.origin)}`)(issue)
    case 'too_big':
      return should(`be ${bound('at most', issue.maximum, issue.origin)}`)(issue)
    case 'invalid_union':
      return should('have another form')(issue)
    default:
      return `${show(issue.input)} is not right`
  }
}

function bound(side: string, limit: number | bigint, origin: string): string {
  if (origin === 'string')
    return limit === 1 ? 'a text that is not empty' : `${side} ${limit} characters long`
  return origin === 'array' ? `a list of ${side} ${limit}` : `${side} ${limit}`
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? (value as Readonly<Record<PropertyKey, unknown>>)[key]
        : undefined,
    input,
  )
}

function faultAt(input: unknown, path: Path, message: string): Fault {
  const value = valueAt(input, path)
  const at = pathText(path)
  if (value === undefined) return { path: at, message }
  if (!secretPath.test(at)) return { path: at, message, value }
  const quoted = `${show(value)} `
  return { path: at, message: message.startsWith(quoted) ? message.slice(quoted.length) : message }
}

/** The secrets of a server, by their names, or what stands in their place: neither is shown. */
const secretPath = /(?:^|\.)secrets(?:$|\.)/

function faultsOf(issue: Issue, input: unknown, prefix: Path): Fault[] {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const lines = issue.message.split('\n')
    return issue.keys.map((key, index) => {
      // What a misspelled key holds is checked by nobody, and may be secret.
      const { value: _value, ...fault } = faultAt(input, [...path, key], lines[index] ?? 'is not a known key')
      return fault
    })
  }
  if (issue.code === 'invalid_union') {
    // The branch that got past the outer type is the one that was meant; its own faults say more.
    const meant = issue.errors.find((branch) => branch.length > 0 && branch.every((inner) => isInside(inner)))
    if (meant !== undefined) return meant.flatMap((inner) => faultsOf(inner, input, path))
  }
  // A key that is not right is told in the words of the schema of keys.
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => keyFault(path, message))
  return [faultAt(input, path, issue.message)]
}

/** What stands at a key is not what is wrong with it. */
const keyFault = (path: Path, message: string): Fault => ({ path: pathText(path), message })

function isInside(issue: Issue): boolean {
  return issue.path.length > 0 || issue.code === 'unrecognized_keys'
}

/** Most schemas are used once in the life of a process: to make code for one takes many times longer than that. */
const jitless = true

/** Checks a value from outside. Never throws: gives the value, or all of its faults with their paths. */
export function check<S extends z.ZodType>(schema: S, input: unknown): Checked<z.output<S>> {
  const result = schema.safeParse(input, { error: describe, jitless })
  if (result.success) return { ok: true, value: result.data }
  const faults = result.error.issues.flatMap((issue) => faultsOf(issue, input, []))
  // A number far out breaks two rules, which say the same.
  const isFirst = ({ path, message }: Fault, index: number) =>
    faults.findIndex((other) => other.path === path && other.message === message) === index
  return { ok: false, faults: faults.filter(isFirst) }
}

/**
 * What is right in a document with faults: each key that passes on its own, and nothing else.
 * It lets the checks between keys run although some key is wrong, so that all faults come at once.
 */
export function salvage<S extends z.ZodObject>(schema: S, input: unknown): Partial<z.output<S>> {
  const sound: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(schema.shape)) {
    const result = z.safeParse(inner, valueAt(input, [key]), { jitless })
    if (result.success && result.data !== undefined) sound[key] = result.data
  }
  return sound as Partial<z.output<S>>
}

/** The JSON Schema of what a person writes, for editors. Its file may be named in the document itself. */
export function jsonSchema(schema: z.ZodType, title: string): Record<string, unknown> {
  const { properties = {}, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return { title, ...rest, properties: { $schema: { type: 'string' }, ...properties } }
}

/** A document without the name of its JSON Schema. */
export function withoutSchema(document: unknown): unknown {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document
  const { $schema, ...rest } = document as Record<string, unknown>
  return typeof $schema === 'string' ? rest : document
}

/** All faults as text, one a line. */
export function formatFaults(faults: readonly Fault[]): string {
  return faults
    .map((fault) => (fault.path === '' ? fault.message : `${fault.path}: ${fault.message}`))
    .join('\n')
}
