import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { QmpClient } from 'qemu-launch/qmp'
import { describe, expect, test } from 'vitest'
import { stage } from '../support/stage.ts'

const folder = fileURLToPath(new URL('../golden/argv/', import.meta.url))
const names = readdirSync(folder).flatMap((file) =>
  file.endsWith('.argv') ? [file.slice(0, -'.argv'.length)] : [],
)

/** Connects as soon as the socket is there, and gives up as soon as QEMU has ended. */
async function connect(address: string, hasEnded: () => boolean): Promise<QmpClient | undefined> {
  const end = Date.now() + 20_000
  while (!hasEnded() && Date.now() < end) {
    try {
      return await QmpClient.connect(address)
    } catch {
      await sleep(20)
    }
  }
  return undefined
}

describe('real QEMU starts and answers', () => {
  test.each(names)('%s', async (name) => {
    const directory = join(process.env.QEMU_LAUNCH_TEST_TMP ?? '/tmp', `g-${name}`)
    mkdirSync(directory, { recursive: true })
    const golden = readFileSync(join(folder, `${name}.argv`), 'utf8')
      .trimEnd()
      .split('\n')
    const { words, servers } = await stage(golden, directory)
    const [binary = '', ...options] = words
    const socket = join(directory, 'q')
    const display = options.includes('-display') ? [] : ['-display', 'none']
    const qemu = spawn(binary, [...options, ...display, '-S', '-qmp', `unix:${socket},server=on,wait=off`], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    qemu.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    let ended: string | undefined
    const exited = once(qemu, 'close').then(
      ([code]) => {
        ended = `exit ${String(code)}`
      },
      (error: unknown) => {
        ended = String(error)
      },
    )
    try {
      const client = await connect(`unix:${socket}`, () => ended !== undefined)
      expect(client, `${ended ?? 'no greeting'}: ${stderr}\n${words.join(' ')}`).toBeDefined()
      expect(await client?.execute('query-status')).toMatchObject({ status: 'prelaunch', running: false })
      await client?.execute('quit')
      await client?.close()
      await exited
      expect(ended).toBe('exit 0')
    } finally {
      qemu.kill('SIGKILL')
      await exited
      for (const server of servers) {
        server.kill('SIGKILL')
        if (server.exitCode === null && server.signalCode === null) await once(server, 'close')
      }
      // The next QEMU's run of this test has the same paths.
      rmSync(directory, { recursive: true })
    }
  })
})
