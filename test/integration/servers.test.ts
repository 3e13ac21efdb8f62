import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseNbdUri, probeNbd, type ServerSpecInput, startServer } from 'qemu-launch/volumes'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { runElsewhere } from '../support/elsewhere.ts'
import { freePort } from '../support/qemu.ts'
import { blankFile, failureOf, freshName, isRunning, startVm, testDirectory } from '../support/vm.ts'

const run = promisify(execFile)
const mebibyte = 1024n * 1024n

// Private directories are made below this one, where it is seen that none is left.
let privateDirectory: string
beforeEach(() => {
  privateDirectory = testDirectory(freshName('p'))
  process.env.TMPDIR = privateDirectory
})

/** An image with a name that QEMU's option syntax would misread. */
async function qcow2(): Promise<string> {
  const file = join(testDirectory(), `${freshName('q')},a: "b".qcow2`)
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', `file:${file}`, '8M'])
  return file
}

const write = (uri: string, byte: string) =>
  run('qemu-io', ['-f', 'raw', '-c', `write -P ${byte} 1M 64k`, uri])
const read = (uri: string, byte: string) =>
  run('qemu-io', ['-r', '-f', 'raw', '-c', `read -P ${byte} 1M 64k`, uri])

describe('startServer', () => {
  it.each<[string, () => Promise<ServerSpecInput>]>([
    [
      'nbdkit with a file',
      async () => ({ type: 'nbdkit', plugin: 'file', parameters: { file: blankFile(8) } }),
    ],
    [
      'nbdkit with a directory, by export name',
      async () => {
        const dir = testDirectory(freshName('dir'))
        writeFileSync(join(dir, 'vol-a'), Buffer.alloc(8 << 20))
        return { type: 'nbdkit', plugin: 'file', parameters: { dir, fadvise: 'random' }, exportName: 'vol-a' }
      },
    ],
    [
      'qemu-nbd with a raw file',
      async () => ({ type: 'qemu-nbd', file: blankFile(8), detectZeroes: 'unmap' }),
    ],
    [
      'qemu-nbd with qcow2',
      async () => ({ type: 'qemu-nbd', file: await qcow2(), cache: 'none', aio: 'native' }),
    ],
    ['qemu-storage-daemon with a raw file', async () => ({ type: 'storage-daemon', file: blankFile(8) })],
    [
      'qemu-storage-daemon with qcow2 and an export name',
      async () => ({
        type: 'storage-daemon',
        file: await qcow2(),
        exportName: 'disk',
        cache: 'writethrough',
      }),
    ],
  ])('serves a disk that keeps what is written: %s', async (_name, make) => {
    const spec = await make()
    for (const [byte, exitWithParent] of [
      ['0x11', true],
      ['0x22', false],
    ] as const) {
      const server = await startServer(spec, { exitWithParent })
      expect(server).toMatchObject({ sizeBytes: 8n * mebibyte, readOnly: false })
      await write(server.uri, byte)
      await server.stop()
      expect(isRunning(server.pid)).toBe(false)
      expect(readdirSync(privateDirectory)).toEqual([])
      await using again = await startServer({ ...spec, readOnly: true }, { exitWithParent })
      expect(again.readOnly).toBe(true)
      await read(again.uri, byte)
    }
  })

  it.each(['qemu-nbd', 'storage-daemon'] as const)(
    'serves a VM its volume from %s over TCP',
    async (type) => {
      const socket = { host: '127.0.0.1', port: await freePort() }
      await using server = await startServer({ type, file: await qcow2(), socket }, { exitWithParent: true })
      const vm = await startVm()
      onTestFinished(() => vm.kill().then(() => {}))
      expect(await vm.volumes.attach({ id: 'v', uri: server.uri })).toMatchObject({ state: 'attached' })
      const nodes = await vm.qmp.execute('query-named-block-nodes')
      expect(nodes.find((node) => node['node-name'] === 'nbd-v')?.image['virtual-size']).toBe(8 << 20)
      // A server waits for its clients.
      await vm.kill()
    },
  )

  it.each(['qemu-nbd', 'storage-daemon'] as const)(
    'does not take a socket from a server: %s',
    async (type) => {
      const socket = join(testDirectory(), `${freshName('s')}.sock`)
      await using first = await startServer({ type, file: blankFile(1), socket }, { exitWithParent: true })
      expect(await failureOf(startServer({ type, file: blankFile(2), socket }))).toMatchObject({
        code: 'VOLUME_BACKEND',
        message: expect.stringContaining('in use already'),
      })
      expect(await probeNbd(first.address)).toMatchObject({ sizeBytes: mebibyte })
    },
  )

  it('ends with the process that started it when told so', async () => {
    const spec = {
      type: 'qemu-nbd',
      file: blankFile(),
      socket: join(testDirectory(), `${freshName('s')}.sock`),
    }
    const program = `
      import { startServer } from 'qemu-launch/volumes'
      const server = await startServer(${JSON.stringify(spec)}, { exitWithParent: true })
      console.log(server.pid)
      server.unref()`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program])
    await expect.poll(() => isRunning(Number(stdout))).toBe(false)
  })

  it.each<[string, ServerSpecInput, string]>([
    ['nbdkit', { type: 'nbdkit', plugin: 'memory', binary: '/nonexistent' }, 'is nbdkit installed?'],
    ['qemu-nbd', { type: 'qemu-nbd', file: '/f', binary: '/nonexistent' }, 'is qemu-utils installed?'],
    [
      'qsd',
      { type: 'storage-daemon', file: '/f', binary: '/nonexistent' },
      'is qemu-system-common installed?',
    ],
    ['no image', { type: 'qemu-nbd', file: '/nonexistent' }, "Could not open '/nonexistent'"],
    ['no qcow2', { type: 'storage-daemon', file: blankFile(), format: 'qcow2' }, 'not in qcow2 format'],
    ['no disk', { type: 'storage-daemon', file: '/dev/null' }, 'is no disk'],
  ])('says what is missing: %s', async (_name, spec, words) => {
    for (const exitWithParent of [true, false]) {
      const expected = { code: 'VOLUME_BACKEND', message: expect.stringContaining(words) }
      await expect(startServer(spec, { exitWithParent })).rejects.toMatchObject(expected)
    }
    expect(readdirSync(privateDirectory)).toEqual([])
  })

  it('is aborted without a trace while the server starts', async () => {
    const binary = join(testDirectory(), freshName('slow'))
    writeFileSync(binary, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 })
    const spec = { type: 'qemu-nbd', file: blankFile(), binary } as const
    await expect(startServer(spec, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      code: 'VOLUME_ABORTED',
    })
    expect(readdirSync(privateDirectory)).toEqual([])
  })
})

describe('a secret', () => {
  /** A disk of 1 MiB behind a password. */
  async function guarded(password: string) {
    const expected = `Basic ${Buffer.from(`me:${password}`).toString('base64')}`
    const server = createServer((request, response) => {
      if (request.headers.authorization !== expected) return void response.writeHead(401).end()
      response.writeHead(200, { 'accept-ranges': 'bytes', 'content-length': 1 << 20 }).end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void server.close())
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('no port')
    return `http://127.0.0.1:${address.port}/disk`
  }

  it('reaches nbdkit by a private file, and is nowhere else', async () => {
    const secret = 'hunter2 with, odd=words'
    const parameters = { url: await guarded(secret), user: 'me' }
    await using server = await startServer(
      { type: 'nbdkit', plugin: 'curl', parameters, secrets: { password: secret }, readOnly: true },
      { restart: true },
    )
    expect(server.sizeBytes).toBe(mebibyte)
    const directory = server.record?.directory ?? ''
    const holders = readdirSync(directory).filter(
      (name) =>
        statSync(join(directory, name)).isFile() &&
        readFileSync(join(directory, name), 'utf8').includes(secret),
    )
    expect(holders).toEqual(['secret-password'])
    expect(statSync(join(directory, 'secret-password')).mode & 0o777).toBe(0o600)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    const { stdout } = await run('ps', ['-eo', 'args'])
    expect(stdout).toContain(parameters.url)
    expect(stdout).not.toContain(secret)
    expect(JSON.stringify(server)).not.toContain(secret)
  })

  it('shows in no error, even when the server says it', async () => {
    const binary = join(testDirectory(), freshName('chatty'))
    writeFileSync(
      binary,
      '#!/bin/sh\nfor w; do case $w in pw=+*) cat "$(echo "$w" | cut -c5-)"; esac; done; echo no; exit 3\n',
      {
        mode: 0o755,
      },
    )
    const failure = await failureOf(
      startServer({ type: 'nbdkit', plugin: 'file', binary, secrets: { pw: 'hunter2' } }),
    )
    expect(failure).toMatchObject({ code: 'VOLUME_BACKEND', message: expect.stringContaining('***no') })
    const { inspect } = await import('node:util')
    expect(inspect(failure, { depth: 9 })).not.toContain('hunter2')
  })
})

it('shows a secret in no event, even when the server says it', async () => {
  const script = join(testDirectory(), freshName('plugin'))
  const broken = `${script}-broken`
  const says = `[ -e ${broken} ] && { echo "no entry for $(cat $tmpdir/pw)" >&2; exit 1; }`
  writeFileSync(
    script,
    `#!/bin/sh
     case $1 in
     config) [ $2 = pw ] && cat "\${3#+}" >$tmpdir/pw; exit 0;;
     get_size) ${says}; echo 1048576;;
     pread) dd if=/dev/zero count=$3 iflag=count_bytes 2>/dev/null;;
     *) exit 2;;
     esac`,
    { mode: 0o755 },
  )
  const events: unknown[] = []
  const spec = {
    type: 'nbdkit',
    plugin: 'sh',
    parameters: { script },
    secrets: { pw: 'hunter2' },
    readOnly: true,
  } as const
  await using server = await startServer(spec, { onEvent: (event) => events.push(event) })
  writeFileSync(broken, '')
  await expect(probeNbd(server.address)).rejects.toMatchObject({ code: 'VOLUME_BACKEND' })
  process.kill(server.pid, 'SIGKILL')
  await server.exited
  await expect.poll(() => JSON.stringify(events)).toContain('no entry for')
  expect(JSON.stringify(events)).not.toContain('hunter2')
})

it('starts one of two at one socket, whatever they export', async () => {
  const socket = join(privateDirectory, 'shared.sock')
  const file = blankFile()
  const starts = ['a', 'b'].map((exportName) => startServer({ type: 'qemu-nbd', file, exportName, socket }))
  const ends = await Promise.allSettled(starts)
  const running = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  expect(running).toHaveLength(1)
  for (const server of running) {
    expect(await probeNbd(server.address)).toMatchObject({ sizeBytes: mebibyte })
    await server.stop()
  }
})

it('keeps no process alive that let go of it in the middle of a restart', async () => {
  const program = `
    import { startServer } from 'qemu-launch/volumes'
    const server = await startServer(spec, { restart: true })
    process.kill(server.pid, 'SIGKILL')
    setTimeout(() => server.unref(), 300).unref()
    setTimeout(() => process.exit(1), 20_000).unref()
    process.on('exit', () => process.kill(server.pid, 'SIGTERM'))`
  const filters = [{ name: 'delay', parameters: { 'delay-open': '500ms' } }]
  const spec = { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() }, filters }
  expect(await runElsewhere(program, { spec })).toBe(0)
})

it('finds a server by the address in its uri', async () => {
  mkdirSync(join(privateDirectory, 'odd:exportname=x'))
  const socket = join(privateDirectory, 'odd:exportname=x', 's')
  await using server = await startServer(
    { type: 'qemu-nbd', file: blankFile(), socket },
    { exitWithParent: true },
  )
  expect(parseNbdUri(server.uri)).toEqual(server.address)
  expect(await probeNbd(parseNbdUri(server.uri))).toMatchObject({ sizeBytes: mebibyte })
})
