import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { freshName, testDirectory } from './vm.ts'

const IDLE = ['-machine', 'none', '-nodefaults', '-display', 'none', '-S']

/** A short path below the directory of this run. */
export const freshPath = (kind: string): string => join(testDirectory(), `${freshName(kind)}`)

/** A program of this test's own; killed, and waited for, when the test is over. */
export function startProgram(
  program: string,
  words: readonly string[],
  stdio: 'pipe' | 'ignore' = 'ignore',
): ChildProcess {
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit', stdio] })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  })
  return child
}

/** QEMU without a machine, which starts at once and waits for commands. */
export function startIdleQemu(words: readonly string[], stdio: 'pipe' | 'ignore' = 'ignore'): ChildProcess {
  return startProgram('qemu-system-x86_64', [...IDLE, ...words], stdio)
}

/** An idle QEMU whose monitor listens on `socket` options, once a unix path exists. */
export async function startMonitor(chardev?: string): Promise<{ child: ChildProcess; address: string }> {
  const path = freshPath('q')
  const socket = chardev ?? `path=${path},server=on,wait=off`
  const child = startIdleQemu(['-chardev', `socket,id=m,${socket}`, '-qmp', 'chardev:m'])
  if (chardev === undefined) await waitFor(() => isListening(path))
  return { child, address: `unix:${path}` }
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Whether a server listens on this unix socket; its file is there a moment earlier. */
export const isListening = (path: string): boolean =>
  readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .some((line) => line.endsWith(` ${path}`) && line.split(/\s+/)[3] === '00010000')

/** For what tells of itself by no event. */
export async function waitFor(condition: () => boolean, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain`)
    await sleep(5)
  }
}

/** Tries until it works: the other side opens its port when it likes. */
export async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 60_000): Promise<T> {
  const end = Date.now() + timeoutMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await sleep(20)
  }
}

/** Debian's guest agent: for this host, and as an addition to the test guest's initramfs. */
export function guestAgent(): { program: string; initramfs: string } {
  const script = fileURLToPath(new URL('guest/agent.sh', import.meta.url))
  const { status, stdout, stderr } = spawnSync('bash', [script], { encoding: 'utf8' })
  const directory = stdout.trimEnd().split('\n').at(-1)
  if (status !== 0 || !directory) throw new Error(`${script} failed: ${stderr}`)
  return { program: join(directory, 'qemu-ga'), initramfs: join(directory, 'agent.cpio') }
}
