import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { reason } from '../../bench/reason.ts'

function failing(program: string, ...words: string[]): unknown {
  try {
    return execFileSync(program, words, { stdio: 'pipe' })
  } catch (error) {
    return error
  }
}

test('of a program, the reason is what it said first', () => {
  const said = failing('sh', '-c', 'echo "error: no such  domain" >&2; echo more >&2; exit 1')
  expect(reason(said)).toBe('error: no such domain')
  expect(reason(failing('false'))).toBe('Command failed: false')
  expect(reason(failing('/nowhere/nbd-client'))).toBe('/nowhere/nbd-client is not installed')
})

test('anything else is told in one line', () => {
  expect(reason(new Error('no\nJSON'))).toBe('no JSON')
  expect(reason('plain')).toBe('plain')
})
