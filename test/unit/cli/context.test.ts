import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Context } from '../../../src/cli/context.ts'

/** What comes out on standard error of a command that tells its progress and notes something. */
function told(options: { readonly json?: boolean }, isTTY: boolean): string {
  const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY })
  const context = new Context(options, { stdin: new PassThrough(), stdout: new PassThrough(), stderr })
  context.progress('halfway')
  context.note('a word')
  return String(stderr.read() ?? '')
}

test('progress is for a terminal only, and for people only', () => {
  expect(told({}, true)).toBe('halfway\na word\n')
  expect(told({}, false)).toBe('a word\n')
  expect(told({ json: true }, true)).toBe('')
})
