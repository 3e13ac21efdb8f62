import { spawnSync } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Context } from '../../../src/cli/context.ts'
import { formatError } from '../../../src/cli/outcome.ts'
import { plainLine, plainText } from '../../../src/cli/plain.ts'
import { QemuLaunchError } from '../../../src/errors.ts'
import { formatShell } from '../../../src/vm/index.ts'

const every = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code)).join('')
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const command = /[\0-\x08\x0b-\x1f\x7f-\x9f]/

test('no control character reaches a terminal: in results, notes and errors', () => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const context = new Context({}, { stdin, stdout, stderr })
  context.result({}, every)
  context.note(every)
  context.progress(every)
  const error = new QemuLaunchError('VOLUME_BACKEND', `refused: ${every}`, { details: { vm: every } })
  const texts = [String(stdout.read()), String(stderr.read()), formatError(error, false), plainText(every)]
  for (const text of texts) {
    expect(text).toContain('ABC')
    expect(text).not.toMatch(command)
  }
})

test('a field stays on its line', () => {
  expect(plainLine('a\nb\r\n\tc\u2028d\u001b[2J')).toBe('a b c d[2J')
})

test('errors as JSON escape DEL and C1 too, and lose nothing', () => {
  const error = new QemuLaunchError('VOLUME_BACKEND', every)
  const json = formatError(error, true)
  expect(json).not.toMatch(command)
  expect(JSON.parse(json)).toMatchObject({ message: every })
})

test('a command line for a shell holds no control character, and the shell reads the same words', () => {
  const words = ["it's", every.slice(1), 'a\\b\u001b[2J', "'\u0007'", '\u00e9\u0085']
  const line = formatShell(words)
  expect(line).not.toMatch(command)
  const shell = spawnSync('bash', ['-c', `printf '%s\\0' ${line}`], {
    encoding: 'utf8',
    env: { LC_ALL: 'C' },
  })
  expect(shell.stdout.split('\0').slice(0, -1)).toEqual(words)
})
