import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type Child,
  commandLine,
  describeExit,
  identifyProcess,
  isAlive,
  readTail,
  searchProcesses,
  spawnProcess,
  stopLadder,
  waitUntilReady,
} from '../../src/process/index.ts'
import { freshName, isRunning, latch, testDirectory } from '../support/vm.ts'

const dist = new URL('../../dist/process/index.js', import.meta.url).href
const logFile = () => join(testDirectory(), `${freshName('log')}.log`)

async function start(script: string, socketPairs = 0): Promise<Child> {
  const child = await spawnProcess({
    command: '/bin/sh',
    args: ['-c', script],
    logFile: logFile(),
    socketPairs,
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await child.exited
  })
  return child
}

describe('a process', () => {
  test('is known by its pid and the time it began', async () => {
    const child = await start('exec sleep 100')
    const identity = await identifyProcess(child.pid)
    expect(identity).toEqual({ pid: child.pid, startTime: child.startTime })
    expect(await isAlive(child)).toBe(true)
    expect(await isAlive({ pid: child.pid, startTime: '1' })).toBe(false)
    expect(await commandLine(process.pid)).not.toEqual([])
    child.kill('SIGKILL')
    await child.exited
    expect(await isAlive(child)).toBe(false)
    expect(await commandLine(child.pid)).toEqual([])
    expect(await identifyProcess(2 ** 22 + 1)).toBeUndefined()
  })

  test('is known whatever it is called', async () => {
    const odd = join(testDirectory(), 'a) S 1 (b')
    writeFileSync(odd, '#!/bin/sh\nread line <&3\n', { mode: 0o755 })
    const child = await spawnProcess({ command: odd, args: [], logFile: logFile(), socketPairs: 1 })
    expect(await isAlive(child)).toBe(true)
    child.sockets[0]?.end()
    expect(await child.exited).toEqual({ exitCode: 1, signal: undefined })
  })

  test('is found by its words, and a QEMU among those with threads too', async () => {
    const mark = freshName('mark')
    await start(`: ${mark}; read line <&3`, 1)
    const monitor = ['-chardev', 'socket,id=m,fd=3', '-mon', 'chardev=m,mode=control']
    const qemu = await spawnProcess({
      command: process.env.QEMU_LAUNCH_QEMU ?? 'qemu-system-x86_64',
      args: ['-name', mark, '-M', 'none', '-nodefaults', '-display', 'none', ...monitor],
      logFile: logFile(),
      socketPairs: 1,
    })
    onTestFinished(async () => {
      qemu.kill('SIGKILL')
      await qemu.exited
    })
    const [socket] = qemu.sockets
    if (socket !== undefined) await once(socket.resume(), 'data')
    const search = async (threaded: boolean) => {
      const found = await searchProcesses(mark, (words) => words.includes(mark) || undefined, { threaded })
      return found.map(({ identity }) => identity.pid)
    }
    expect(await search(true)).toEqual([qemu.pid])
    expect(await searchProcesses(mark, () => true)).toHaveLength(2)
    expect(await search(false)).toEqual([qemu.pid])
  })

  test('that cannot be started is an error, at once', async () => {
    await expect(
      spawnProcess({ command: '/nonexistent/program', args: [], logFile: logFile() }),
    ).rejects.toMatchObject({
      code: 'PROCESS_SPAWN',
      details: { command: '/nonexistent/program', errno: 'ENOENT' },
    })
  })

  test('writes to a log that only we read, and tells how it ended', async () => {
    const log = logFile()
    const child = await spawnProcess({
      command: '/bin/sh',
      args: ['-c', 'echo one; echo two >&2; exit 3'],
      logFile: log,
    })
    expect(await child.exited).toEqual({ exitCode: 3, signal: undefined })
    expect(await child.logTail()).toBe('one\ntwo')
    expect(statSync(log).mode & 0o777).toBe(0o600)
    expect(child.kill('SIGTERM')).toBe(false)
    expect(describeExit({ exitCode: 3, signal: undefined })).toBe('exit status 3')
    expect(describeExit({ exitCode: undefined, signal: 'SIGKILL' })).toBe('killed by SIGKILL')
    expect(describeExit({ exitCode: undefined, signal: undefined })).toBe('exit status unknown')
  })

  test('has a short environment, files of its own, and a directory that is gone does not matter', async () => {
    const gone = testDirectory(freshName('gone'))
    const made = join(testDirectory(), freshName('made'))
    const log = logFile()
    const program = `
      import { rmdirSync } from 'node:fs'
      import { spawnProcess } from ${JSON.stringify(dist)}
      process.umask(0)
      process.chdir(process.argv[1])
      rmdirSync(process.argv[1])
      const command = { command: '/bin/sh', args: ['-c', 'env; umask; >' + process.argv[2]], logFile: process.argv[3] }
      await (await spawnProcess(command)).exited`
    const starter = spawn(process.execPath, ['--input-type=module', '--eval', program, gone, made, log], {
      env: { ...process.env, AWS_SECRET_ACCESS_KEY: 'hush', LC_ALL: 'C' },
      stdio: 'inherit',
    })
    expect(await once(starter, 'exit')).toEqual([0, null])
    const output = await readTail(log)
    expect(output).toMatch(/^PATH=/m)
    expect(output).toMatch(/^LC_ALL=C$/m)
    expect(output).toMatch(/^0077$/m)
    expect(output).not.toContain('hush')
    expect(statSync(made).mode & 0o777).toBe(0o600)
  })

  test('talks over the socket it inherits, its first word included', async () => {
    const child = await start('echo first >&3; read line <&3; echo "got $line" >&3', 1)
    const [socket] = child.sockets
    await sleep(0)
    socket?.write('hello\n')
    const chunks: Buffer[] = []
    for await (const chunk of socket ?? []) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('first\ngot hello\n')
  })

  test('outlives the process that started it', async () => {
    const program = `
      import { spawnProcess } from ${JSON.stringify(dist)}
      const child = await spawnProcess({ command: 'sleep', args: ['100'], logFile: process.argv[1] })
      child.unref()
      console.log(child.pid)`
    const starter = spawn(process.execPath, ['--input-type=module', '--eval', program, logFile()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [text] = await once(starter.stdout, 'data')
    await once(starter, 'exit')
    const pid = Number(String(text))
    expect(isRunning(pid)).toBe(true)
    process.kill(pid, 'SIGKILL')
  })
})

test('the tail of a log is whole lines of its end', async () => {
  const path = logFile()
  expect(await readTail(path)).toBe('')
  writeFileSync(path, 'first line\nsecond line\nthird line\n')
  expect(await readTail(path)).toBe('first line\nsecond line\nthird line')
  expect(await readTail(path, 20)).toBe('third line')
  expect(existsSync(path)).toBe(true)
})

test('a log that cannot be read has no tail', async () => {
  // It is a file of 4096 bytes, and reading it is an error.
  expect(await readTail('/sys/class/net/lo/speed')).toBe('')
})

describe('waiting until ready', () => {
  const never = () => new Promise<never>(() => {})

  test('ends with what the probe finds, however often it was not ready', async () => {
    let asked = 0
    const found = await waitUntilReady({
      probe: async () => (++asked < 4 ? Promise.reject(new TypeError('not yet')) : asked),
      child: { exited: never(), logTail: async () => '' },
      name: 'it',
      timeoutMs: 20_000,
    })
    expect(found).toBe(4)
  })

  test('ends with the end of the process, telling its last words', async () => {
    const child = await start('echo oops; exit 4')
    await expect(
      waitUntilReady({
        probe: () => Promise.reject(new Error('nobody there')),
        child,
        name: 'it',
        timeoutMs: 20_000,
      }),
    ).rejects.toMatchObject({
      code: 'PROCESS_EXITED',
      message: expect.stringContaining('exit status 4'),
      details: { exitCode: 4, log: 'oops' },
    })
  })

  test.each([
    ['deadline', { timeoutMs: 30 }, 'PROCESS_TIMEOUT'],
    ['abort', { timeoutMs: 20_000, signal: AbortSignal.timeout(30) }, 'PROCESS_ABORTED'],
  ])('ends with the %s, and the probe is told', async (_what, limits, code) => {
    const told = latch()
    const probe = (signal: AbortSignal) => {
      signal.addEventListener('abort', told.open)
      return never()
    }
    const child = { exited: never(), logTail: async () => '' }
    await expect(waitUntilReady({ probe, child, name: 'it', ...limits })).rejects.toMatchObject({ code })
    await told.opened
  })
})

describe('the ladder', () => {
  const rungs = (child: Child, termMs = 50) => [
    { name: 'ask' as const, timeoutMs: 50, run: () => {} },
    { name: 'TERM' as const, timeoutMs: termMs, run: () => child.kill('SIGTERM') },
    { name: 'KILL' as const, timeoutMs: 10_000, run: () => child.kill('SIGKILL') },
  ]

  test('is climbed as far as it takes', async () => {
    const child = await start('trap : TERM; echo up >&3; while :; do read line <&3; done', 1)
    const [socket] = child.sockets
    if (socket === undefined) throw new Error('no socket')
    await once(socket.resume(), 'data')
    const steps: string[] = []
    expect(await stopLadder(rungs(child), child.exited, { onStep: (step) => steps.push(step) })).toBe(true)
    expect(steps).toEqual(['ask', 'TERM', 'KILL'])
    expect(await child.exited).toEqual({ exitCode: undefined, signal: 'SIGKILL' })
  })

  test('ends at the rung that helps', async () => {
    const child = await start('exec sleep 100')
    const steps: string[] = []
    expect(await stopLadder(rungs(child, 20_000), child.exited, { onStep: (step) => steps.push(step) })).toBe(
      true,
    )
    expect(steps).toEqual(['ask', 'TERM'])
  })

  test('goes on at once from a rung that fails, by a promise or a throw', async () => {
    const steps: string[] = []
    const failing = [
      { name: 'a', timeoutMs: 20_000, run: () => Promise.reject(new Error('no')) },
      {
        name: 'b',
        timeoutMs: 20_000,
        run: () => {
          throw new Error('no')
        },
      },
    ]
    expect(await stopLadder(failing, new Promise(() => {}), { onStep: (step) => steps.push(step) })).toBe(
      false,
    )
    expect(steps).toEqual(['a', 'b'])
  })

  test('stops where it stands on abort', async () => {
    const steps: string[] = []
    const still = [{ name: 'a', timeoutMs: 20_000, run: () => {} }]
    const options = { signal: AbortSignal.timeout(20), onStep: (step: string) => void steps.push(step) }
    expect(await stopLadder([...still, ...still], new Promise(() => {}), options)).toBe(false)
    expect(steps).toEqual(['a'])
  })
})
