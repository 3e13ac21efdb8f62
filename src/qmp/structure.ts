/** As QEMU's own reader limits what it takes (qobject/json-streamer.c); the limit of values is ours. */
const MAX_DEPTH = 1024
const MAX_VALUES = 4 * 1024 * 1024

/**
 * What makes a JSON text a danger to parse, if anything: each bracket or comma may cost fifty times its size in memory,
 * and millions of them seconds; a reader of what is nested deeply overflows its stack.
 */
export function excessOf(text: string): string | undefined {
  // So many brackets do not fit into less.
  if (text.length <= MAX_DEPTH) return undefined
  let depth = 0
  let values = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) at = endOfString(text, at)
    else if (code === 44) values++
    else if (code === 91 || code === 123) {
      values++
      if (++depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`
    } else if (code === 93 || code === 125) depth--
    if (values > MAX_VALUES) return `of more than ${MAX_VALUES} values`
  }
  return undefined
}

/** Where the string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
  for (let at = start; ; ) {
    const quote = text.indexOf('"', at + 1)
    if (quote < 0) return text.length
    let backslashes = 0
    while (text.charCodeAt(quote - 1 - backslashes) === 92) backslashes++
    if (backslashes % 2 === 0) return quote
    at = quote
  }
}
