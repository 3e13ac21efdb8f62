import { describe, expect, test } from 'vitest'
import { type Candidates, candidatesFor, prefixOf, stateDirIn } from '../../../src/cli/complete.ts'
import { buildProgram } from '../../../src/cli/program.ts'

const streams = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr }
const program = buildProgram(streams, () => {})
const words = (...found: string[]): Candidates => ({ type: 'words', words: found })

describe('what may come next', () => {
  test.each<[string, string[], Candidates]>([
    ['a command', ['stat'], words('status')],
    ['a config', ['web.js'], { type: 'files' }],
    ['a command after an option with a value', ['--state-dir', 'd', 'stat'], words('status')],
    ['a directory', ['--state-dir', ''], { type: 'files' }],
    ['a VM', ['attach', ''], { type: 'vms' }],
    ['a file after the VM', ['attach', 'web', ''], { type: 'files' }],
    ['a volume of the VM', ['detach', 'web', ''], { type: 'volumes', vm: 'web' }],
    ['a volume after an option', ['detach', '--wait-ms', '5', 'web', ''], { type: 'volumes', vm: 'web' }],
    ['nothing after the last', ['kill', 'web', ''], words()],
    ['a choice', ['plan', 'de'], words('detach')],
    ['an option', ['stop', 'web', '--f'], words('--force')],
    ['an option of all commands', ['kill', '--js'], words('--json')],
    ['the value of an option', ['render', '--format', ''], words('shell', 'lines', 'json')],
    ['the value after =', ['render', '--format=js'], words('shell', 'lines', 'json')],
    ['a template', ['clone', ''], { type: 'templates' }],
    ['a template to delete', ['template', 'delete', ''], { type: 'templates' }],
    ['no name of a new VM', ['fork', 'web', ''], words()],
    ['the VM of a template', ['template', 'create', 't', '--from', ''], { type: 'vms' }],
    ['no value that is not known', ['stop', '--timeout-ms', ''], words()],
    ['no option of ours after --', ['exec', 'web', '--', 'ls', '--j'], words()],
    ['what is waited for', ['wait', 'web', '--for', ''], words('agent', 'ended', 'port:', 'text:')],
    ['a command that is explained', ['help', 'rend'], words('render')],
  ])('is %s', (_what, given, expected) => {
    expect(candidatesFor(program, given)).toEqual(expected)
  })

  test('is no command of our own scripts', () => {
    expect(candidatesFor(program, ['__'])).toEqual({ type: 'files' })
  })
})

test.each<[string[], string | undefined]>([
  [['list', ''], undefined],
  [['--state-dir', 'd', 'kill', ''], 'd'],
  [['kill', '--state-dir=d', ''], 'd'],
  [['--state-dir', ''], undefined],
  [['exec', 'web', '--', '--state-dir', 'd', ''], undefined],
])('the words %j name the state directory %s', (given, expected) => {
  expect(stateDirIn(given)).toBe(expected)
})

test('a value after = is completed together with its option', () => {
  expect(['--format=js', '--format', 'port:'].map(prefixOf)).toEqual(['--format=', '', ''])
})
