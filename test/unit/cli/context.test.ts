import { once } from 'node:events'
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

test('what takes its time has a line on a terminal, in no pipe, and goes out of the way of a note', async () => {
  const shown = async (options: { readonly json?: boolean }, isTTY: boolean) => {
    const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY })
    const context = new Context(options, { stdin: new PassThrough(), stdout: new PassThrough(), stderr })
    const drawn = once(stderr, 'readable')
    await context.during('a copy', async () => {
      if (isTTY && options.json !== true) await drawn
      context.note('a word')
    })
    return String(stderr.read() ?? '')
  }
  expect(await shown({}, true)).toBe(`\ra copy, 1 s\r${' '.repeat(11)}\ra word\n`)
  expect(await shown({}, false)).toBe('a word\n')
  expect(await shown({ json: true }, true)).toBe('')
})
