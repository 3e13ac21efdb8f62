import { readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type JsonValue, parseJson } from '../../src/qmp/index.ts'

interface Said {
  readonly from: 'client' | 'server'
  readonly text: string
}

export interface Recording {
  readonly said: readonly Said[]
  readonly result: JsonValue
}

export function readRecording(name: string): Recording {
  const lines = readFileSync(fileURLToPath(new URL(`${name}.jsonl`, import.meta.url)), 'utf8')
    .trimEnd()
    .split('\n')
  const last = parseJson(lines.at(-1) ?? '')
  if (typeof last !== 'object' || last === null || !('result' in last))
    throw new TypeError(`${name}: no result`)
  return { said: lines.slice(0, -1).map((line): Said => JSON.parse(line)), result: last.result ?? null }
}

/**
 * Plays the recorded server on `stream`: says what it said, once the client has said what it said before, in pieces of
 * `pieceBytes`. Resolves at the end; rejects when the client says something else.
 */
export async function replay({ said }: Recording, stream: Duplex, pieceBytes: number): Promise<void> {
  let heard = ''
  let onNews: () => void = () => {}
  stream.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1')
    onNews()
  })
  stream.on('close', () => onNews())
  for (const { from, text } of said) {
    if (from === 'server') {
      const bytes = Buffer.from(text, 'latin1')
      for (let at = 0; at < bytes.length; at += pieceBytes) stream.write(bytes.subarray(at, at + pieceBytes))
      continue
    }
    while (heard.length < text.length && text.startsWith(heard) && !stream.destroyed) {
      await new Promise<void>((resolve) => {
        onNews = resolve
      })
    }
    if (!heard.startsWith(text))
      throw new Error(`the client said ${heard.slice(0, 200)}, not ${text.slice(0, 200)}`)
    heard = heard.slice(text.length)
  }
  stream.end()
}
