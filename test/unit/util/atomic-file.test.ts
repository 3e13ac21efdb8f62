import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeFileAtomic } from '../../../src/util/atomic-file.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'atomic-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

test('replaces the content, for nobody else to read, and leaves nothing beside it', async () => {
  const path = join(directory, 'file')
  await writeFileAtomic(path, 'old and longer')
  await writeFileAtomic(path, 'new')
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(directory)).toEqual(['file'])
})

test('a reader never sees a part', async () => {
  const path = join(directory, 'file')
  const contents = ['a', 'b'].map((letter) => letter.repeat(1_000_000))
  await writeFileAtomic(path, contents[0] ?? '')
  let writing = true
  const writer = (async () => {
    for (let round = 0; round < 20; round++) await writeFileAtomic(path, contents[round % 2] ?? '')
    writing = false
  })()
  while (writing) {
    expect(contents.includes(readFileSync(path, 'utf8'))).toBe(true)
    await new Promise(setImmediate)
  }
  await writer
})

test('a failure leaves the old content and nothing beside it', async () => {
  const path = join(directory, 'file')
  mkdirSync(path)
  await expect(writeFileAtomic(path, 'new')).rejects.toThrow()
  expect(readdirSync(directory)).toEqual(['file'])
})
