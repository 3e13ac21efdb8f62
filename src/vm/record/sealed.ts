import { hash } from 'node:crypto'
import { buildMark } from './build-mark.ts'
import type { VmRecord } from './state.ts'

const end = '\n}\n'
const sealOf = (sum: string) => `,\n  "sum": "${sum}"${end}`
const sealLength = sealOf('0'.repeat(64)).length

/** Over the code that wrote it too: what another build takes for a record may have another form. */
const sumOf = (body: string, mark: string) => hash('sha256', `${mark}\n${body}`)

/** A record as it is written: JSON, with a sum at its end. Pure. */
export function seal(record: VmRecord, mark = buildMark): string {
  const text = `${JSON.stringify(record, undefined, 2)}\n`
  if (mark === undefined) return text
  const body = text.slice(0, -end.length)
  return `${body}${sealOf(sumOf(body, mark))}`
}

/**
 * The record in a text that this very build has written and nobody has changed since: it needs no check, which takes a fresh process
 * more time than all else in `reattachVm`. Undefined for any other text. Pure.
 */
export function unseal(text: string, mark = buildMark): VmRecord | undefined {
  if (mark === undefined) return undefined
  const body = text.slice(0, -sealLength)
  if (!text.endsWith(sealOf(sumOf(body, mark)))) return undefined
  return JSON.parse(`${body}${end}`)
}
