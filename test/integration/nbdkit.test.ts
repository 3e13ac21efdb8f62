import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseNbdUri, probeNbd, startNbdkit } from 'qemu-launch/volumes'
import { beforeAll, describe, expect, it, vi } from 'vitest'

const run = promisify(execFile)
const mebibyte = 1024n * 1024n

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const isRunning = (pid: number) => existsSync(`/proc/${pid}`)

describe('startNbdkit', () => {
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(process.env.QEMU_LAUNCH_TEST_TMP ?? tmpdir(), 'nbdkit-'))
    // Private directories of servers are made below this one, where the orphan check sees them.
    process.env.TMPDIR = join(directory, 'private')
    await mkdir(process.env.TMPDIR)
  })

  const leftovers = () => readdir(join(directory, 'private'))

  it('serves a disk on a private socket, and leaves nothing when stopped', async () => {
    const server = await startNbdkit({ plugin: 'memory', parameters: { size: '8M' }, exitWithParent: true })
    expect(server).toMatchObject({ sizeBytes: 8n * mebibyte, readOnly: false, address: { type: 'unix' } })
    const { stdout } = await run('nbdinfo', [
      '--size',
      `nbd+unix:///?socket=${server.uri.slice('nbd:unix:'.length)}`,
    ])
    expect(stdout.trim()).toBe('8388608')
    expect(await leftovers()).toHaveLength(1)
    await expect(server.stop({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'VOLUME_ABORTED',
    })
    expect(isRunning(server.pid)).toBe(true)
    const waiting = new AbortController()
    const stopping = server.stop({ signal: waiting.signal })
    waiting.abort()
    await expect(stopping).rejects.toMatchObject({ code: 'VOLUME_ABORTED', details: { pid: server.pid } })
    // It ends all the same.
    await server.exited
    await Promise.all([server.stop(), server.stop()])
    await server.stop()
    expect(isRunning(server.pid)).toBe(false)
    expect(await leftovers()).toEqual([])
  })

  it('takes a path, filters, threads, an export name and read-only', async () => {
    const socket = join(directory, 'full.sock')
    await using server = await startNbdkit({
      plugin: 'memory',
      parameters: { size: 1048576, 'delay-read': '1ms' },
      filters: ['delay', 'noextents'],
      socket,
      readOnly: true,
      threads: 2,
      exportName: 'disk',
      exitWithParent: true,
    })
    expect(server).toMatchObject({
      uri: `nbd:unix:${socket}:exportname=disk`,
      sizeBytes: mebibyte,
      readOnly: true,
    })
  })

  it('takes a TCP address, and refuses one that is taken', async () => {
    const socket = { host: '127.0.0.1', port: await freePort() }
    await using server = await startNbdkit({
      plugin: 'memory',
      parameters: { size: '1M' },
      socket,
      exitWithParent: true,
    })
    expect(server.uri).toBe(`nbd://127.0.0.1:${socket.port}`)
    expect(await probeNbd(server.address)).toMatchObject({ sizeBytes: mebibyte })
    await expect(startNbdkit({ plugin: 'memory', parameters: { size: '1M' }, socket })).rejects.toMatchObject(
      {
        code: 'VOLUME_BACKEND',
        message: expect.stringContaining('in use already'),
      },
    )
  })

  it('takes the socket of a server that was killed, not of one that lives', async () => {
    const options = {
      plugin: 'memory',
      parameters: { size: '1M' },
      socket: join(directory, 'again.sock'),
      exitWithParent: true,
    }
    const first = await startNbdkit(options)
    await expect(startNbdkit(options)).rejects.toThrow('in use already')
    process.kill(first.pid, 'SIGKILL')
    expect(await first.exited).toMatchObject({ signal: 'SIGKILL' })
    await expect(probeNbd(first.address)).rejects.toThrow('no such socket')
    await using second = await startNbdkit(options)
    await first.stop()
    expect(await probeNbd(second.address)).toMatchObject({ sizeBytes: mebibyte })
  })

  it('outlives the process that started it', async () => {
    const socket = join(directory, 'outlives.sock')
    const program = `
      import { startNbdkit } from 'qemu-launch/volumes'
      const options = { plugin: 'memory', parameters: { size: '1M' }, socket: ${JSON.stringify(socket)} }
      const server = await startNbdkit(options)
      console.log(server.pid)
      server.unref()`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program])
    expect(await probeNbd(parseNbdUri(`nbd:unix:${socket}`))).toMatchObject({ sizeBytes: mebibyte })
    process.kill(Number(stdout), 'SIGTERM')
    await vi.waitFor(() => expect(isRunning(Number(stdout))).toBe(false), 60_000)
    await rm(join(directory, 'private'), { recursive: true })
    await mkdir(join(directory, 'private'))
  })

  it('ends a server that ignores SIGTERM, and reports how one ended', async () => {
    const server = await startNbdkit({ plugin: 'memory', parameters: { size: '1M' } })
    process.kill(server.pid, 'SIGSTOP')
    await server.stop({ timeoutMs: 50 })
    expect(await server.exited).toEqual({ exitCode: undefined, signal: 'SIGKILL' })
    await using other = await startNbdkit({ plugin: 'memory', parameters: { size: '1M' } })
    process.kill(other.pid, 'SIGKILL')
    expect(await other.exited).toEqual({ exitCode: undefined, signal: 'SIGKILL' })
  })

  it.each([
    [
      'nbdkit refuses its parameters',
      { plugin: 'file', parameters: { file: '/nonexistent' } },
      '/nonexistent',
    ],
    ['there is no such plugin', { plugin: 'nope' }, 'nope'],
    ['there is no nbdkit', { plugin: 'memory', binary: '/nonexistent/nbdkit' }, 'is nbdkit installed?'],
    [
      'the disk cannot be opened',
      { plugin: 'eval', parameters: { get_size: 'echo EIO no disk today >&2; exit 1' } },
      'no disk today',
    ],
  ])('fails at once and cleanly when %s', async (_what, options, words) => {
    const started = Date.now()
    const never = { exitWithParent: true, readyTimeoutMs: 600_000 }
    await expect(startNbdkit({ ...options, ...never })).rejects.toMatchObject({
      code: 'VOLUME_BACKEND',
      message: expect.stringContaining(words),
    })
    expect(Date.now() - started).toBeLessThan(60_000)
    expect(await leftovers()).toEqual([])
  })

  it('takes over a socket that was left behind', async () => {
    const socket = join(directory, 'stale.sock')
    const listener = createServer()
    await once(listener.listen(join(directory, 'bound.sock')), 'listening')
    await rename(join(directory, 'bound.sock'), socket)
    listener.close()
    const address = parseNbdUri(`nbd:unix:${socket}`)
    await expect(probeNbd(address)).rejects.toThrow('nobody listens on it')
    await using server = await startNbdkit({
      plugin: 'memory',
      parameters: { size: '1M' },
      socket,
      exitWithParent: true,
    })
    expect(server.sizeBytes).toBe(mebibyte)
  })

  it('gives up on a server that does not answer, at the deadline and on abort', async () => {
    const binary = join(directory, 'silent-nbdkit')
    await writeFile(binary, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 })
    await expect(startNbdkit({ plugin: 'memory', binary, readyTimeoutMs: 200 })).rejects.toMatchObject({
      code: 'VOLUME_BACKEND',
      message: expect.stringContaining('was not ready within 200 ms'),
    })
    await expect(
      startNbdkit({ plugin: 'memory', binary, signal: AbortSignal.timeout(100) }),
    ).rejects.toMatchObject({ code: 'VOLUME_ABORTED' })
    expect(await leftovers()).toEqual([])
  })

  it('never shows the values of parameters in an error', async () => {
    const parameters = { file: '/nonexistent', password: 'hunter2' }
    const error: unknown = await startNbdkit({ plugin: 'file', parameters }).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ details: { parameters: ['file', 'password'] } })
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })
})
