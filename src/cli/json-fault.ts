const space = /[ \t\r\n]*/y
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
// All but quotes, backslashes and control characters; and what a backslash may begin.
const inString = /(?:[ !#-[\]-\uffff]+|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y

/**
 * What keeps a text from being JSON, told by its place: nothing of the text is quoted, which may hold secrets.
 * Pure. Of JSON it says that it ends too early.
 */
export function jsonFault(text: string): string {
  const at = firstFault(text)
  if (at === text.length) return 'it ends too early'
  const lines = text.slice(0, at).split('\n')
  return `what is at line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1} cannot be there`
}

/** The place of the first character that cannot be where it is; the end of a text that has none. */
function firstFault(text: string): number {
  const closers: ('}' | ']')[] = []
  let at = 0
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at
    if (!pattern.test(text)) return false
    at = pattern.lastIndex
    return true
  }
  const takeChar = (char: string | undefined) => {
    take(space)
    if (char === undefined || text[at] !== char) return false
    at++
    return true
  }
  const takeString = () => {
    if (!takeChar('"')) return false
    take(inString)
    if (text[at] !== '"') return false
    at++
    return true
  }
  for (;;) {
    if (closers.at(-1) === '}' && !(takeString() && takeChar(':'))) return at
    if (takeChar('{') || takeChar('[')) {
      const closer = text[at - 1] === '{' ? '}' : ']'
      if (!takeChar(closer)) {
        closers.push(closer)
        continue
      }
    } else if (!takeString() && !take(scalar)) return at
    while (takeChar(closers.at(-1))) closers.pop()
    if (closers.length === 0 || !takeChar(',')) return at
  }
}
