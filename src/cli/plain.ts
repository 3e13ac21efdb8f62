// C0 but for the tab and the end of a line, DEL and C1: what a terminal takes for commands.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g
const lineEnds = /[\n\u2028\u2029]+\s*/g
const unescaped = /[\x7f-\x9f]/g

/** A text for people without what a terminal takes for commands. A server, a guest, an agent or a path may have put it there. */
export function plainText(text: string): string {
  return text.replace(controls, '')
}

/** The same as one line, for a field in a line or a table. */
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
