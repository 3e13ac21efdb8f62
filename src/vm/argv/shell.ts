/** Words as one line for a shell; quotes only where it needs them. */
export function formatShell(argv: readonly string[]): string {
  return argv.map(quoted).join(' ')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would take them for commands
const controls = /[\0-\x1f\x7f-\x9f]/

function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return controls.test(word) ? ansiQuoted(word) : `'${word.replaceAll("'", `'\\''`)}'`
}

/** As bash, zsh and ksh read it. */
function ansiQuoted(word: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  const escaped = word.replace(/['\\]|[\0-\x1f\x7f]|[\x80-\x9f]/g, (char) => {
    if (char === "'" || char === '\\') return `\\${char}`
    return [...Buffer.from(char)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
  })
  return `$'${escaped}'`
}
