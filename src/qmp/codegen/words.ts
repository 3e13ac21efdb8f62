import type { Facts } from './model.ts'

/** A member's name as TypeScript writes it. */
export const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name))

export const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

export const indent = (text: string, by: string): string => text.replace(/^(?=.)/gm, by)

const MANUAL = 'https://www.qemu.org/docs/master/interop/'

/** What a doc comment says beyond the facts. */
export interface DocOptions {
  /** The versions of the model, or of the thing's parent. */
  readonly versions: readonly string[]
  /** Where it stands in QEMU's manual. */
  readonly anchor?: string | undefined
  /** Not required by all versions. */
  readonly sometimesRequired?: boolean
}

/** A doc comment with its line end, or nothing where there is nothing to say. */
export function docComment(facts: Facts, options: DocOptions): string {
  const lines = docLines(facts, options)
  if (lines.length === 0) return ''
  const [only] = lines
  if (lines.length === 1) return `/** ${only} */\n`
  return `/**\n${lines.map((line) => ` * ${line}\n`).join('')} */\n`
}

function docLines(facts: Facts, { versions, anchor, sometimesRequired }: DocOptions): string[] {
  const lines: string[] = []
  if (anchor !== undefined && facts.until === undefined) lines.push(`[QEMU manual](${MANUAL}${anchor})`)
  if (sometimesRequired === true) lines.push('Some versions require it.')
  if (facts.since !== undefined) lines.push(`@since ${facts.since}`)
  else if (facts.from !== undefined) lines.push(`@since ${facts.from} or before`)
  if (facts.until !== undefined) {
    const next = versions[versions.indexOf(facts.until) + 1]
    lines.push(`@removed ${next === undefined ? `after ${facts.until}` : `in ${next} or before`}`)
  }
  for (const feature of facts.features ?? []) {
    lines.push(feature === 'deprecated' || feature === 'unstable' ? `@${feature}` : `@feature ${feature}`)
  }
  if (facts.if !== undefined) lines.push(`@if ${facts.if}`)
  return lines
}
