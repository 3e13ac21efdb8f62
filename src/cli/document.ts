import { open, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { jsonFault } from './json-fault.ts'

/** Bytes that are not text would name another file than the one meant. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The JSON document in a file, or on standard input for `-`, or what is wrong with it. */
export async function readDocument(
  path: string,
  stdin: NodeJS.ReadableStream,
): Promise<{ readonly document: unknown } | { readonly fault: string }> {
  const name = path === '-' ? 'standard input' : path
  let content: string
  try {
    content = utf8.decode(path === '-' ? await buffer(stdin) : await readFile(path))
  } catch (error) {
    return { fault: `${name} cannot be read: ${reasonOf(error)}` }
  }
  try {
    return { document: JSON.parse(content) }
  } catch {
    return { fault: `${name} is not JSON: ${content.trim() === '' ? 'it is empty' : jsonFault(content)}` }
  }
}

const headBytes = 4096

/** Whether a file is an image, and not the description of a volume: its name does not end in .json, and it does not begin as an object. */
export async function isImage(path: string): Promise<boolean> {
  if (path === '-' || extname(path) === '.json') return false
  try {
    await using file = await open(path)
    const head = await file.read(Buffer.alloc(headBytes), 0, headBytes)
    const text = head.buffer.toString('latin1', 0, head.bytesRead)
    return text !== '' && !text.trimStart().startsWith('{')
  } catch {
    // What is wrong with it is told by who reads it.
    return false
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8',
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return ('code' in error ? reasons[String(error.code)] : undefined) ?? error.message
}
