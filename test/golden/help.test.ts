import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { buildProgram, runCli } from '../../src/cli/program.ts'
import { expectGolden } from '../support/golden.ts'

const streams = () => ({
  stdin: new PassThrough(),
  stdout: new PassThrough({ encoding: 'utf8' }),
  stderr: new PassThrough({ encoding: 'utf8' }),
})

async function help(...words: string[]): Promise<string> {
  const given = streams()
  expect(await runCli([...words, '--help'], given)).toBe(0)
  expect(given.stderr.read()).toBeNull()
  return String(given.stdout.read())
}

const commands = buildProgram(streams(), () => {}).commands.map((command) => command.name())

describe('help of', () => {
  test('the program', async () => {
    expectGolden('help', 'qemu-launch.txt', await help())
  })

  test.each(commands)('%s', async (name) => {
    expectGolden('help', `${name}.txt`, await help(name))
  })
})
