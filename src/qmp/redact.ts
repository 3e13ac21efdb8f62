const SECRET_KEY = /pass(word|wd|phrase)|cookie|token|credential|^(secret|key|data|iv|command-line)$/i
/** Members such as `password-secret` name a secret object; the name itself is no secret. */
const SECRET_NAME = /-(secret|id)$/i
const URI_LOGIN = /(\w:\/\/)[^/@\s]*@/g
const MAX_DEPTH = 16
const REDACTED = '[redacted]'

/**
 * Where a command's arguments hold what nobody else should read, although the member's name does not tell;
 * `*` stands for any member or item. Taken from QEMU's qapi and qga/qapi-schema.json.
 */
const SECRET_PATHS: Readonly<Record<string, readonly string[]>> = {
  'guest-exec': ['arg', 'env', 'input-data'],
  'guest-file-write': ['buf-b64'],
  'guest-ssh-add-authorized-keys': ['keys'],
  'guest-ssh-remove-authorized-keys': ['keys'],
  'ringbuf-write': ['data'],
  'send-key': ['keys'],
  'input-send-event': ['events'],
  migrate: ['channels.*.addr.args'],
  'migrate-incoming': ['channels.*.addr.args'],
  'x-blockdev-amend': ['options.*.new-secret'],
}

type Trail = readonly string[]
const NO_TRAILS: readonly Trail[] = []

/**
 * A copy of a command's arguments fit for logs and errors: values at the command's secret places and under telling
 * names, the command line of human-monitor-command, the login part of URIs and the value of a qom-set on a telling
 * property are gone.
 */
export function redactArguments(value: unknown, command = ''): unknown {
  const paths = Object.hasOwn(SECRET_PATHS, command) ? SECRET_PATHS[command] : undefined
  return redact(value, 0, paths?.map((path) => path.split('.')) ?? NO_TRAILS)
}

function redact(value: unknown, depth: number, trails: readonly Trail[]): unknown {
  if (typeof value === 'string') return value.replace(URI_LOGIN, `$1${REDACTED}@`)
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return REDACTED
  if (Array.isArray(value)) {
    return value.map((item: unknown) => redact(item, depth + 1, follow(trails, '*')))
  }
  const entries = Object.entries(value)
  const secretProperty = entries.some(
    ([name, member]) => name === 'property' && typeof member === 'string' && isSecret(member),
  )
  return Object.fromEntries(
    entries.map(([name, member]) => {
      const below = follow(trails, name)
      const hidden =
        isSecret(name) || (secretProperty && name === 'value') || below.some((trail) => trail.length === 0)
      return [name, hidden ? REDACTED : redact(member, depth + 1, below)]
    }),
  )
}

function follow(trails: readonly Trail[], name: string): readonly Trail[] {
  return trails.flatMap((trail) => (trail[0] === name || trail[0] === '*' ? [trail.slice(1)] : []))
}

const isSecret = (name: string): boolean => SECRET_KEY.test(name) && !SECRET_NAME.test(name)
