import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { testGuest } from '../support/guest.ts'
import { testDirectory } from '../support/vm.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const examples = readdirSync(`${root}examples`).filter((file) => file.endsWith('.ts'))

const { append, initrd, kernel } = testGuest()
const guest = { KERNEL: kernel, INITRD: initrd, APPEND: append, READY: 'GUEST READY' }

async function run(file: string, words: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', `${root}examples/${file}`, ...words], {
    cwd: root,
    env: { ...process.env, ...guest, TMPDIR: testDirectory('t') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

test.each([...examples, 'hive/hive.ts'])(
  'examples/%s asserts what it shows',
  async (file) => {
    const { code, output } = await run(file, file === 'hive/hive.ts' ? ['1'] : [])
    expect(code, output).toBe(0)
    expect(output).not.toBe('')
  },
  300_000,
)
