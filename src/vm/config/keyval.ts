/**
 * QEMU's option syntax, `head,key=value,…`, https://www.qemu.org/docs/master/system/invocation.html.
 * A comma in a value is written twice; an equals sign in a value is a plain character.
 */

/** A value made safe for the option syntax. */
export function escapeValue(value: string): string {
  return value.replaceAll(',', ',,')
}

/** One option of a word; without a value it is not written. */
export type Pair = readonly [key: string, value: string | number | boolean | undefined]

/** `head,key=value,…` with every value escaped; booleans become on and off. */
export function keyval(head: string | undefined, pairs: readonly Pair[]): string {
  const options = pairs.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${written(value)}`]))
  return (head === undefined ? options : [escapeValue(head), ...options]).join(',')
}

function written(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return escapeValue(String(value))
}

/** The credentials by which QEMU, as a server, proves itself: `-object` and its value. */
export function serverCredentials(
  id: string,
  { dir, verifyPeer }: { readonly dir: string; readonly verifyPeer?: boolean | undefined },
): string[] {
  const credentials = keyval('tls-creds-x509', [
    ['id', id],
    ['dir', dir],
    ['endpoint', 'server'],
    ['verify-peer', verifyPeer],
  ])
  return ['-object', credentials]
}

/**
 * `unix:PATH` as `-qmp` and its kind take it. A path with an equals sign is named by its key,
 * or QEMU would take the part before the sign for a key.
 */
export function unixAddress(path: string): string {
  return `unix:${path.includes('=') ? 'path=' : ''}${escapeValue(path)}`
}

/** What `-drive file=` takes for a path: one with a colon in front of any slash would be taken for a protocol. */
export function driveFile(path: string): string {
  return /^[^/]*:/.test(path) ? `./${path}` : path
}

/** Reads a word someone else wrote: its head and its options, unescaped. `key` without a value reads as `on`. */
export function readKeyval(word: string): {
  readonly head: string
  readonly options: ReadonlyMap<string, string>
} {
  if (word.startsWith('{')) return readJson(word)
  const [head = '', ...rest] = split(word)
  const options = new Map<string, string>()
  for (const part of rest) {
    const equals = part.indexOf('=')
    if (equals < 0) options.set(part, 'on')
    else options.set(part.slice(0, equals), part.slice(equals + 1))
  }
  const [first, value] = head.split(/=(.*)/s)
  // `-device driver=virtio-blk-pci,…` is the long way to say the head.
  return { head: value ?? first ?? '', options }
}

/** `-device` takes JSON too; what is not JSON has no options to read. */
function readJson(word: string): { readonly head: string; readonly options: ReadonlyMap<string, string> } {
  try {
    const entries = Object.entries(JSON.parse(word) as object)
    const options = new Map(entries.map(([key, value]) => [key, String(value)]))
    return { head: options.get('driver') ?? '', options }
  } catch {
    return { head: '', options: new Map() }
  }
}

function split(word: string): string[] {
  const parts = ['']
  for (let index = 0; index < word.length; index++) {
    const character = word[index] ?? ''
    if (character === ',' && word[index + 1] !== ',') parts.push('')
    else {
      parts.push(`${parts.pop() ?? ''}${character}`)
      if (character === ',') index++
    }
  }
  return parts
}
