// The control characters that a terminal obeys: C0 without tab and newline, DEL and C1.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g
const lineEnds = /[\n\u2028\u2029]+\s*/g
const unescaped = /[\x7f-\x9f]/g

/** A text for people, without control characters. A server, a guest, an agent or a path may have put them there. */
export function plainText(text: string): string {
  return text.replace(controls, '')
}

// CSI, OSC and other sequences of ECMA-48, https://ecma-international.org/publications-and-standards/standards/ecma-48/.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const sequences = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const unfinished = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[ -/]*)$/
const longestSequence = 256

/** What a guest wrote on its console, without control characters and without whole sequences, such as colours. */
export function plainGuestText(text: string): string {
  return plainText(text.replace(sequences, ''))
}

/** Where in a part of such a text a sequence begins that may go on in the next part; the end when none does. */
export function unfinishedSequence(text: string): number {
  const tail = text.slice(-longestSequence)
  const at = tail.search(unfinished)
  return at < 0 ? text.length : text.length - tail.length + at
}

/** `plainText` as one line, for a field in a line or a table. */
export function plainLine(text: string): string {
  return plainText(text.replace(lineEnds, ' '))
}

/** A JSON text in which DEL and C1 are escaped too. */
export function plainJson(text: string): string {
  return text.replace(unescaped, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Rows of cells as lines, each column as wide as its widest cell but the last. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(plainLine))
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
