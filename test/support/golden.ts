import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const folder = (kind: string) => fileURLToPath(new URL(`../golden/${kind}/`, import.meta.url))

/** One input of a golden table. */
export interface GoldenCase {
  readonly name: string
  readonly document: unknown
}

/** Every input of a folder under test/golden. */
export function cases(kind: string): GoldenCase[] {
  const names = readdirSync(folder(kind)).filter((file) => file.endsWith('.json'))
  return names.toSorted().map((file) => ({
    name: file.slice(0, -'.json'.length),
    document: JSON.parse(readFileSync(`${folder(kind)}${file}`, 'utf8')) as unknown,
  }))
}

/** Compares a text with the file that a person has approved; UPDATE_GOLDEN=1 writes the file instead. */
export function expectGolden(kind: string, file: string, text: string): void {
  const path = `${folder(kind)}${file}`
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text)
  expect(existsSync(path), `${path} is missing: write it with UPDATE_GOLDEN=1 and read it`).toBe(true)
  expect(text, `${path} differs: read what changed, and write it with UPDATE_GOLDEN=1`).toBe(
    readFileSync(path, 'utf8'),
  )
}
