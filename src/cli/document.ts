import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'

/** The JSON document in a file, or on standard input for `-`, or what is wrong with it. */
export async function readDocument(
  path: string,
  stdin: NodeJS.ReadableStream,
): Promise<{ readonly document: unknown } | { readonly fault: string }> {
  const name = path === '-' ? 'standard input' : path
  let content: string
  try {
    content = path === '-' ? await text(stdin) : await readFile(path, 'utf8')
  } catch (error) {
    return { fault: `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
  try {
    return { document: JSON.parse(content) }
  } catch (error) {
    return { fault: `${name} is not JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}
