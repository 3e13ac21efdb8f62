import { looksSecret, PLAIN_PATHS, SECRET_PATHS } from './secret-paths.ts'

const REDACTED = '[redacted]'
const MAX_DEPTH = 16
/** Up to the last @ before the path. */
const URI_LOGIN = /(\w:\/\/)[^/\s"']*@/g
const SECRET_NAME = '(?<![\\w-])(?:(?:proxy-)?pass(?:word|wd|phrase)|cookie|token|secret|key|data)'
/** As in a `json:` file name, where QEMU takes either quote: to the closing quote. */
const QUOTED = new RegExp(`(${SECRET_NAME}\\\\*(["'])\\s*:\\s*\\\\*\\2)(?:(?!\\2)[^\\\\]|\\\\.)*`, 'gis')
/** As in QEMU's option syntax, where `,,` is a comma, in rbd's, or in a query: to the next member. */
const ASSIGNED = new RegExp(`(${SECRET_NAME}=)(?:,,|\\\\.|[\\s:;](?![\\w.-]+=)|[^"'\\s,:;&}\\\\])+`, 'gis')
/** A program with its words: where a migration goes, or what a guest's connection is forwarded to. */
const COMMAND = /(^exec:|-cmd:).+/is
/** Human monitor commands that take nothing but names. */
const HARMLESS_LINE = /^\s*info\s/

/** What is left of a path below the place at hand, and what is at its end. */
interface Trail {
  readonly steps: readonly string[]
  readonly secret: boolean
}

const trails = new Map<string, Trail[]>()
for (const path of SECRET_PATHS) addTrail(path, true)
for (const path of Object.keys(PLAIN_PATHS)) addTrail(path, false)

function addTrail(path: string, secret: boolean): void {
  const [command = '', _slot, ...steps] = path.split('/')
  trails.set(command, [...(trails.get(command) ?? []), { steps, secret }])
}

/**
 * A copy of a command's arguments fit for logs and errors. Gone are the values at the command's secret places, those
 * under names that look like a secret's unless they are known to be none, the value of a qom-set on such a property,
 * the words of a human monitor command after the first, and in all strings logins of URIs, assignments to
 * such names, and what follows `exec:` or `-cmd:`.
 */
export function redactArguments(value: unknown, command = ''): unknown {
  return redact(value, 0, trails.get(command) ?? [])
}

function redact(value: unknown, depth: number, here: readonly Trail[]): unknown {
  if (typeof value === 'string') {
    return value
      .replace(COMMAND, `$1${REDACTED}`)
      .replace(URI_LOGIN, `$1${REDACTED}@`)
      .replace(QUOTED, `$1${REDACTED}`)
      .replace(ASSIGNED, `$1${REDACTED}`)
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return REDACTED
  if (Array.isArray(value)) return value.map((item: unknown) => redact(item, depth + 1, here))
  const entries = Object.entries(value)
  const open = enterCases(here, entries)
  const secretProperty = entries.some(
    ([name, member]) => name === 'property' && typeof member === 'string' && looksSecret(member) !== 'no',
  )
  return Object.fromEntries(
    entries.map(([name, member]) => {
      const below = follow(open, name)
      const known = below.find(({ steps }) => steps.length === 0)
      if (name === 'command-line' && typeof member === 'string') return [name, redactLine(member)]
      const hidden =
        known === undefined ? isSecret(name, member) || (secretProperty && name === 'value') : known.secret
      return [name, hidden ? REDACTED : redact(member, depth + 1, below)]
    }),
  )
}

/** With the trails that lead on inside the union's case: the trail with a member that has the name as its value. */
function enterCases(
  here: readonly Trail[],
  entries: readonly (readonly [string, unknown])[],
): readonly Trail[] {
  const inside = here.flatMap(({ steps, secret }) => {
    const at = steps[0] === '**' ? 1 : 0
    const branch = steps[at]
    if (branch?.startsWith('+') !== true) return []
    const isChosen = entries.some(([, member]) => member === branch.slice(1))
    return isChosen ? [{ steps: steps.slice(at + 1), secret }] : []
  })
  return inside.length === 0 ? here : [...here, ...enterCases(inside, entries)]
}

function follow(open: readonly Trail[], name: string): readonly Trail[] {
  return open.flatMap(({ steps: [first, ...rest], secret }) => {
    if (first === name) return [{ steps: rest, secret }]
    if (first !== '**') return []
    const stays = { steps: [first, ...rest], secret }
    return rest[0] === name ? [{ steps: rest.slice(1), secret }, stays] : [stays]
  })
}

function isSecret(name: string, value: unknown): boolean {
  const looks = looksSecret(name)
  if (looks !== 'unless structured') return looks === 'yes'
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items.some((item) => typeof item !== 'object' || item === null)
}

function redactLine(line: string): string {
  return HARMLESS_LINE.test(line) ? line : line.replace(/^(\s*\S+\s).+$/s, `$1${REDACTED}`)
}
