const SECRET_KEY = /pass(word|wd|phrase)|cookie|token|credential|^(secret|key|data|iv|command-line)$/i
/** Members such as `password-secret` name a secret object; the name itself is no secret. */
const SECRET_NAME = /-(secret|id)$/i
const URI_LOGIN = /(\w:\/\/)[^/@\s]*@/g
const MAX_DEPTH = 16
const REDACTED = '[redacted]'

/**
 * A copy of a command's arguments fit for logs and errors: values under telling names, the command line of
 * human-monitor-command, the login part of URIs and the value of a qom-set on a telling property are gone.
 */
export function redactArguments(value: unknown): unknown {
  return redact(value, 0)
}

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.replace(URI_LOGIN, `$1${REDACTED}@`)
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return REDACTED
  if (Array.isArray(value)) return value.map((item: unknown) => redact(item, depth + 1))
  const entries = Object.entries(value)
  const secretProperty = entries.some(
    ([name, member]) => name === 'property' && typeof member === 'string' && isSecret(member),
  )
  return Object.fromEntries(
    entries.map(([name, member]) => [
      name,
      isSecret(name) || (secretProperty && name === 'value') ? REDACTED : redact(member, depth + 1),
    ]),
  )
}

const isSecret = (name: string): boolean => SECRET_KEY.test(name) && !SECRET_NAME.test(name)
