import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { testGuest } from '../support/guest.ts'
import { processesOf } from '../support/orphans.ts'
import { testDirectory } from '../support/vm.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const examples = readdirSync(`${root}examples`).filter((file) => file.endsWith('.ts'))

const { append, initrd, kernel } = testGuest()
const guest = { KERNEL: kernel, INITRD: initrd, APPEND: append, READY: 'GUEST READY' }

interface Run {
  readonly directory?: string
  /** The example gets SIGINT when it says this. */
  readonly interruptAt?: string
}

async function run(file: string, words: readonly string[], { directory, interruptAt }: Run = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', `${root}examples/${file}`, ...words], {
    cwd: root,
    env: { ...process.env, ...guest, TMPDIR: directory ?? testDirectory('t') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (interruptAt !== undefined && output.includes(interruptAt)) child.kill('SIGINT')
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
  600_000,
)

test('an interrupted Hive leaves no process and no file', async () => {
  const directory = testDirectory('t')
  const { code, output } = await run('hive/hive.ts', ['1'], { directory, interruptAt: ' runs i-1' })
  expect(code, output).toBe(130)
  expect(readdirSync(directory).filter((name) => name.startsWith('qemu-launch'))).toEqual([])
  // What keeps the log of a VM small ends a moment after it.
  await expect.poll(() => processesOf(directory), { timeout: 60_000 }).toEqual([])
}, 600_000)
