import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  adoptServer,
  type NbdServer,
  probeNbd,
  type ServerEvent,
  type ServerRecord,
  type StartServerOptions,
  startServer,
} from 'qemu-launch/volumes'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/qemu.ts'
import { blankFile, failureOf, freshName, isRunning, testDirectory } from '../support/vm.ts'

const run = promisify(execFile)

let privateDirectory: string
beforeEach(() => {
  privateDirectory = testDirectory(freshName('p'))
  process.env.TMPDIR = privateDirectory
})

const kill = (server: { readonly pid: number }, signal: NodeJS.Signals = 'SIGKILL') =>
  process.kill(server.pid, signal)
const pidFileOf = ({ record }: NbdServer) => join(record?.directory ?? '', 'server.pid')

/** A server whose events can be waited for one by one. */
async function start(
  options: StartServerOptions = {},
  spec: { file?: string; binary?: string; type?: 'qemu-nbd' | 'nbdkit' } = {},
) {
  const { events, onEvent } = recorder()
  const { binary, file = blankFile(), type = 'qemu-nbd' } = spec
  const server = await startServer(
    type === 'nbdkit' ? { type, plugin: 'file', parameters: { file }, binary } : { type, file, binary },
    { restart: true, onEvent, ...options },
  )
  onTestFinished(() => server.stop())
  return { server, file, ...events }
}

function recorder() {
  const seen: ServerEvent[] = []
  const waiters = new Set<() => void>()
  const until = (name: ServerEvent['event'], count = 1) =>
    new Promise<ServerEvent[]>((resolve) => {
      const look = () => {
        const found = seen.filter(({ event }) => event === name)
        if (found.length < count) return
        waiters.delete(look)
        resolve(found)
      }
      waiters.add(look)
      look()
    })
  return {
    events: { seen, until },
    onEvent: (event: ServerEvent) => {
      seen.push(event)
      for (const look of [...waiters]) look()
    },
  }
}

const names = (seen: readonly ServerEvent[]) => seen.map(({ event }) => event.slice('SERVER_'.length))

/** Serves while the file `off` is not there; says why when it is. */
function switchedBinary(): { binary: string; off: string } {
  const binary = join(testDirectory(), freshName('switched'))
  writeFileSync(
    binary,
    `#!/bin/sh\n[ ! -e ${binary}.off ] || { echo no disk today; exit 7; }\nexec qemu-nbd "$@"\n`,
    {
      mode: 0o755,
    },
  )
  return { binary, off: `${binary}.off` }
}

describe('a restarted server', () => {
  it.each(['qemu-nbd', 'nbdkit'] as const)(
    'comes back at the same address, each time it is killed: %s',
    async (type) => {
      const { server, seen, until } = await start({}, { type })
      const pids = [server.pid]
      for (let round = 1; round <= 3; round++) {
        kill(server)
        await until('SERVER_RESTARTED', round)
        pids.push(server.pid)
        expect(await probeNbd(server.address)).toMatchObject({ sizeBytes: server.sizeBytes })
      }
      expect(new Set(pids).size).toBe(4)
      expect(names(seen)).toEqual(['DIED', 'RESTARTED', 'DIED', 'RESTARTED', 'DIED', 'RESTARTED'])
      expect(seen[0]?.data).toEqual({
        uri: server.uri,
        pid: pids[0],
        message: expect.stringContaining('killed by SIGKILL'),
      })
      await server.stop()
      expect(await server.exited).toMatchObject({ exitCode: 0 })
      expect(names(seen).filter((name) => name === 'DIED')).toHaveLength(3)
      expect(readdirSync(privateDirectory)).toEqual([])
    },
  )

  it('is given up after so many tries in a row, and tells why each failed', async () => {
    const { binary, off } = switchedBinary()
    const restart = { initialDelayMs: 1, maxRestarts: 3 }
    const { server, seen, until } = await start({ restart }, { binary })
    writeFileSync(off, '')
    kill(server)
    expect(await server.exited).toEqual({ exitCode: undefined, signal: 'SIGKILL' })
    await until('SERVER_LOST')
    expect(names(seen)).toEqual(['DIED', 'RESTART_FAILED', 'RESTART_FAILED', 'RESTART_FAILED', 'LOST'])
    expect(seen[1]?.data.message).toContain('no disk today')
    // Its record stays until it is let go of.
    expect(existsSync(server.record?.directory ?? '')).toBe(true)
    await server.stop()
    expect(readdirSync(privateDirectory)).toEqual([])
  })

  it('comes back when what kept it away is gone', async () => {
    const { binary, off } = switchedBinary()
    const restart = { initialDelayMs: 20, maxRestarts: 1000, maxDelayMs: 20 }
    const { server, until } = await start({ restart }, { binary })
    writeFileSync(off, '')
    kill(server)
    await until('SERVER_RESTART_FAILED', 2)
    rmSync(off)
    await until('SERVER_RESTARTED')
    expect(await probeNbd(server.address)).toMatchObject({ sizeBytes: server.sizeBytes })
  })

  it('is stopped while the next try is waited for', async () => {
    const { binary, off } = switchedBinary()
    const restart = { initialDelayMs: 60_000, maxDelayMs: 60_000 }
    const { server, until } = await start({ restart }, { binary })
    writeFileSync(off, '')
    kill(server)
    await until('SERVER_RESTART_FAILED')
    await server.stop()
    expect(await server.exited).toMatchObject({ signal: 'SIGKILL' })
    expect(readdirSync(privateDirectory)).toEqual([])
  })

  it('is stopped in the middle of a restart, with what it had begun', async () => {
    const binary = join(testDirectory(), freshName('slow'))
    writeFileSync(
      binary,
      `#!/bin/sh\n[ ! -e ${binary}.slow ] || { echo $$ >${binary}.pid; exec sleep 60; }\nexec qemu-nbd "$@"\n`,
      {
        mode: 0o755,
      },
    )
    const { server } = await start({}, { binary })
    writeFileSync(`${binary}.slow`, '')
    kill(server)
    const pid = await eventually(async () => {
      const text = readFileSync(`${binary}.pid`, 'utf8')
      if (text === '') throw new Error('not yet')
      return Number(text)
    })
    await Promise.all([server.stop(), server.stop()])
    expect(isRunning(pid)).toBe(false)
    expect(readdirSync(privateDirectory)).toEqual([])
  })

  it('is stopped though it ignores SIGTERM', async () => {
    const { server } = await start()
    kill(server, 'SIGSTOP')
    await server.stop({ timeoutMs: 50 })
    expect(await server.exited).toMatchObject({ signal: 'SIGKILL' })
  })

  it('never runs twice: one whose shell was killed is ended before the next', async () => {
    const { server, until } = await start()
    const first = server.pid
    process.kill(parentOf(first), 'SIGKILL')
    await until('SERVER_RESTARTED')
    expect(isRunning(first)).toBe(false)
    expect(await probeNbd(server.address)).toMatchObject({ sizeBytes: server.sizeBytes })
  })

  it('does not come back with a smaller disk', async () => {
    const { file, server, seen, until } = await start({ restart: { initialDelayMs: 1, maxRestarts: 2 } })
    truncateSync(file, 4096)
    kill(server)
    await until('SERVER_LOST')
    expect(seen[1]?.data.message).toContain('it came back with 4096 bytes: another disk?')
    await expect(probeNbd(server.address)).rejects.toThrow('no such socket')
  })

  it('finds its relative paths again from where it was first started', async () => {
    const directory = testDirectory(freshName('cwd'))
    renameSync(blankFile(), join(directory, 'disk.img'))
    const before = process.cwd()
    process.chdir(directory)
    onTestFinished(() => process.chdir(before))
    const { server, until } = await start({}, { type: 'nbdkit', file: 'disk.img' })
    process.chdir(before)
    kill(server)
    await until('SERVER_RESTARTED')
  })
})

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

describe('a server on record', () => {
  /** Started by another process, which has ended. */
  async function startElsewhere(options: StartServerOptions = { restart: true }) {
    const program = `
      import { startServer } from 'qemu-launch/volumes'
      const server = await startServer({ type: 'qemu-nbd', file: ${JSON.stringify(blankFile())} }, ${JSON.stringify(options)})
      console.log(JSON.stringify({ record: server.record, pid: server.pid }))
      server.unref()`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program])
    return JSON.parse(stdout) as { record: ServerRecord; pid: number }
  }

  async function adopt(record: ServerRecord) {
    const { events, onEvent } = recorder()
    const server = await adoptServer(record, { onEvent })
    onTestFinished(() => server.stop())
    return { server, ...events }
  }

  it('is taken up by another process, which starts it again', async () => {
    const { pid, record } = await startElsewhere()
    const { server, seen, until } = await adopt(record)
    expect(server).toMatchObject({ pid, record, sizeBytes: 1024n * 1024n, readOnly: false })
    kill(server)
    await until('SERVER_RESTARTED')
    expect(seen[0]?.data).toMatchObject({ pid, message: expect.stringContaining('killed by SIGKILL') })
    expect(server.pid).not.toBe(pid)
    kill(server)
    await until('SERVER_RESTARTED', 2)
    await server.stop()
    expect(readdirSync(privateDirectory)).toEqual([])
  })

  it('is started by who takes it up when it has died meanwhile', async () => {
    const { pid, record } = await startElsewhere()
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => isRunning(pid)).toBe(false)
    const { server, until } = await adopt(record)
    await until('SERVER_RESTARTED')
    expect(await probeNbd(server.address)).toMatchObject({ sizeBytes: server.sizeBytes })
  })

  it('that is not to be restarted has ended, and leaves nothing when stopped', async () => {
    const { pid, record } = await startElsewhere({})
    process.kill(pid, 'SIGTERM')
    await expect.poll(() => isRunning(pid)).toBe(false)
    const { server } = await adopt(record)
    expect(await server.exited).toEqual({ exitCode: 0, signal: undefined })
    await server.stop()
    expect(readdirSync(privateDirectory)).toEqual([])
    await expect(adoptServer(record)).rejects.toMatchObject({
      code: 'VOLUME_BACKEND',
      message: expect.stringContaining('is not there any more'),
    })
  })

  it('is watched by one process at a time, and handed over', async () => {
    const { server } = await start()
    const record = server.record as ServerRecord
    expect(await failureOf(adoptServer(record, { signal: AbortSignal.timeout(300) }))).toMatchObject({
      code: 'VOLUME_ABORTED',
    })
    await server.release()
    const second = await adopt(record)
    await server.stop()
    expect(isRunning(second.server.pid)).toBe(true)
    kill(second.server)
    await second.until('SERVER_RESTARTED')
    expect(await probeNbd(server.address)).toMatchObject({ sizeBytes: server.sizeBytes })
  })

  it('is not mistaken for a process that has its number now', async () => {
    const { pid, record } = await startElsewhere()
    const shell = parentOf(pid)
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => isRunning(shell)).toBe(false)
    const stranger = spawn('sleep', ['60'], { detached: true })
    onTestFinished(() => void stranger.kill('SIGKILL'))
    const state = join(record.directory, 'server.json')
    const text = readFileSync(state, 'utf8').replace(`"pid": ${shell}`, `"pid": ${stranger.pid}`)
    writeFileSync(state, text)
    writeFileSync(join(record.directory, 'server.pid'), `${stranger.pid}\n`)
    const { server, until } = await adopt(record)
    await until('SERVER_RESTARTED')
    await server.stop()
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
  })

  it('that its watcher restarted last is found after that watcher was killed', async () => {
    const program = `
      import { startServer } from 'qemu-launch/volumes'
      const onEvent = ({ event }) => event === 'SERVER_RESTARTED' && console.log('again')
      const server = await startServer({ type: 'qemu-nbd', file: ${JSON.stringify(blankFile())} }, { restart: true, onEvent })
      console.log(JSON.stringify(server.record))
      process.kill(server.pid, 'SIGKILL')`
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', program])
    let said = ''
    for await (const chunk of owner.stdout) {
      said += chunk
      if (said.includes('again')) break
    }
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    const record = JSON.parse(said.split('\n')[0] ?? '') as ServerRecord
    const { server, seen, until } = await adopt(record)
    expect(isRunning(server.pid)).toBe(true)
    expect(readFileSync(pidFileOf(server), 'utf8').trim()).toBe(String(server.pid))
    expect(seen).toEqual([])
    kill(server)
    await until('SERVER_RESTARTED')
  })
})
