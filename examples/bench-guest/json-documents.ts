/** The JSON objects in a program's output that begin where a line does, whatever is said before, between and after them. */
export function jsonDocuments(text: string): unknown[] {
  const documents: unknown[] = []
  let end = 0
  for (const { index } of text.matchAll(/^\{/gm)) {
    // Inside of the one before.
    if (index < end) continue
    const close = closingBrace(text, index)
    const document = close === undefined ? undefined : parsed(text.slice(index, close + 1))
    if (close === undefined || document === undefined) continue
    documents.push(document)
    end = close
  }
  return documents
}

/** Where the object that begins at `start` ends; braces in strings do not count. */
function closingBrace(text: string, start: number): number | undefined {
  const token = /"(?:[^"\\]|\\.)*"|[{}]/gs
  token.lastIndex = start
  let depth = 0
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '{') depth++
    else if (match[0] === '}' && --depth === 0) return match.index
  }
  return undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
