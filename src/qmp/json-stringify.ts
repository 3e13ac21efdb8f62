import { QmpError } from './errors.ts'

/** QEMU refuses more than 1024 levels with an error that names no command; the envelope needs a few. */
const MAX_DEPTH = 1000
const SUSPECT = /[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]/
const NON_ASCII = /[\u007f-\uffff]/g
const HAS_NON_ASCII = /[\u007f-\uffff]/

/**
 * Returns JSON text in ASCII that QEMU accepts. A `bigint` becomes an integer, and so does a whole number below 2^64, with all of
 * its digits. Members that are `undefined` are left out. Throws QMP_INVALID_ARGUMENT, naming the place but never the value, for
 * what QEMU answers without an id (qobject/json-parser.c, util/unicode.c): lone surrogates, noncharacters, non-finite numbers,
 * more than 1000 levels or a cycle; and for what JSON cannot say.
 */
export function stringifyJson(value: unknown): string {
  return write(value, '', 0)
}

function write(value: unknown, path: string, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value, path)
    case 'number':
      return Number.isSafeInteger(value) ? String(value) : writeOtherNumber(value, path)
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      return value === null ? 'null' : writeObject(value, path, depth)
    case 'undefined':
      throw refuse(path, 'undefined')
    case 'function':
    case 'symbol':
      throw refuse(path, `a ${typeof value}`)
  }
}

function writeOtherNumber(value: number, path: string): string {
  if (!Number.isFinite(value)) throw refuse(path, 'a number that is not finite')
  // JavaScript writes the shortest digits that read back as the same double, which QEMU takes at their word.
  return Number.isInteger(value) && Math.abs(value) < 2 ** 64 ? String(BigInt(value)) : String(value)
}

function writeObject(value: object, path: string, depth: number): string {
  if (depth >= MAX_DEPTH) {
    throw refuse('', `a value nested deeper than ${MAX_DEPTH} levels, or a value that contains itself`)
  }
  if (Array.isArray(value)) {
    const items = Array.from(value, (item: unknown, index) => write(item, `${path}[${index}]`, depth + 1))
    return `[${items.join(',')}]`
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON(), path, depth + 1)
  if (Object.prototype.toString.call(value) !== '[object Object]') {
    throw refuse(path, 'an object that is not plain')
  }
  let members = ''
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    const at = path === '' ? name : `${path}.${name}`
    members += `${members === '' ? '' : ','}${quote(name, at)}:${write(member, at, depth + 1)}`
  }
  return `{${members}}`
}

function quote(text: string, path: string): string {
  if (SUSPECT.test(text)) checkCharacters(text, path)
  const quoted = JSON.stringify(text)
  return HAS_NON_ASCII.test(quoted) ? quoted.replace(NON_ASCII, escapeUnit) : quoted
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function checkCharacters(text: string, path: string): void {
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    if (point >= 0xd800 && point <= 0xdfff) throw refuse(path, 'a string with a lone surrogate')
    if ((point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) === 0xfffe) {
      throw refuse(path, 'a string with a Unicode noncharacter')
    }
  }
}

function refuse(path: string, what: string): QmpError {
  const where = path.length > 200 ? `${path.slice(0, 200)}…` : path
  return new QmpError('QMP_INVALID_ARGUMENT', `cannot send ${what}${where === '' ? '' : ` (at ${where})`}`, {
    details: { path: where },
  })
}
