import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { type NbdServer, probeNbd, startServer } from 'qemu-launch/volumes'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { certificateDirectories } from '../support/nbd-tls.ts'
import { freePort } from '../support/qemu.ts'
import { blankFile, testDirectory } from '../support/vm.ts'

const run = promisify(execFile)

const kinds = {
  nbdkit: () => ({ type: 'nbdkit' as const, plugin: 'memory', parameters: { size: '1M' } }),
  'qemu-nbd': () => ({ type: 'qemu-nbd' as const, file: blankFile() }),
  'storage-daemon': () => ({ type: 'storage-daemon' as const, file: blankFile() }),
}
const names = ['nbdkit', 'qemu-nbd', 'storage-daemon'] as const

let certificates: ReturnType<typeof certificateDirectories>

beforeAll(() => {
  process.env.TMPDIR = testDirectory('t')
  certificates = certificateDirectories()
})

const refused = (words: string) => ({ code: 'VOLUME_BACKEND', message: expect.stringContaining(words) })
const client = (dir: string, more: { hostname?: string; verifyPeer?: boolean } = {}) => ({
  tls: { dir, verifyPeer: true, ...more },
})

async function start(kind: (typeof names)[number], verifyPeer: boolean, isUnix = false): Promise<NbdServer> {
  const socket = isUnix ? undefined : { host: '127.0.0.1', port: await freePort() }
  const tls = { dir: certificates.own, verifyPeer }
  const server = await startServer({ ...kinds[kind](), socket, tls }, { exitWithParent: true })
  onTestFinished(() => server.stop())
  return server
}

describe.each(names)('%s', (kind) => {
  test('serves over TLS and no other way', async () => {
    const { own, other } = certificates
    const server = await start(kind, false)
    expect(server).toMatchObject({
      uri: expect.stringMatching(/^nbds:\/\/127\.0\.0\.1:/),
      sizeBytes: 1048576n,
    })
    expect(await probeNbd(server.address, client(own))).toMatchObject({ sizeBytes: 1048576n })
    await expect(probeNbd(server.address)).rejects.toMatchObject(refused('set tls'))
    await expect(probeNbd({ ...server.address, tls: undefined })).rejects.toMatchObject(
      refused('requires TLS: set tls'),
    )
    await expect(run('nbdinfo', ['--size', server.uri.replace('nbds:', 'nbd:')])).rejects.toThrow(/TLS/i)
    const { stdout } = await run('nbdinfo', ['--size', `${server.uri}?tls-certificates=${own}`])
    expect(stdout.trim()).toBe('1048576')

    await expect(probeNbd(server.address, client(other))).rejects.toMatchObject(
      refused(`${other}/ca-cert.pem does not vouch for: take the CA`),
    )
    await expect(
      probeNbd(server.address, client(own, { hostname: 'storage.example' })),
    ).rejects.toMatchObject(refused('another name: say it as tls.hostname'))
    const unverified = client(other, { verifyPeer: false })
    expect(await probeNbd(server.address, unverified)).toMatchObject({ sizeBytes: 1048576n })
    await expect(probeNbd(server.address, client(`${own}/absent`))).rejects.toMatchObject({
      ...refused('absent/ca-cert.pem'),
      details: { errno: undefined },
    })
  })

  test('takes only the clients of its CA, when it asks for certificates', async () => {
    const { own, caOnly, foreign } = certificates
    const server = await start(kind, true)
    expect(await probeNbd(server.address, client(own))).toMatchObject({ sizeBytes: 1048576n })
    await expect(probeNbd(server.address, client(caOnly))).rejects.toMatchObject(
      refused(`There is no client-cert.pem with client-key.pem in ${caOnly}`),
    )
    await expect(probeNbd(server.address, client(foreign))).rejects.toMatchObject(
      refused(`does it take ${foreign}/client-cert.pem?`),
    )
  })

  test('serves TLS on a unix socket', async () => {
    const server = await start(kind, true, true)
    expect(server.uri).toMatch(/^nbds\+unix:/)
    const hostname = 'localhost'
    expect(await probeNbd(server.address, client(certificates.own, { hostname }))).toMatchObject({
      sizeBytes: 1048576n,
    })
  })

  test('that gives no TLS is never spoken to in the clear', async () => {
    await using server = await startServer(kinds[kind](), { exitWithParent: true })
    const { own } = certificates
    await expect(probeNbd(server.address, client(own, { hostname: 'localhost' }))).rejects.toMatchObject(
      refused('offers no TLS, and the volume asks for it'),
    )
  })

  test('does not start without its certificates', async () => {
    const socket = { host: '127.0.0.1', port: await freePort() }
    const spec = { ...kinds[kind](), socket, tls: { dir: `${certificates.own}/absent` } }
    await expect(startServer(spec, { exitWithParent: true })).rejects.toMatchObject({
      code: 'VOLUME_BACKEND',
    })
  })
})

describe('a server that goes silent', () => {
  const greeting = Buffer.concat([Buffer.from('NBDMAGICIHAVEOPT'), Buffer.from([0, 3])])
  const agreed = Buffer.from('0003e889045565a9000000050000000100000000', 'hex')

  /** Says the greeting, and the answer to the request for TLS where there is one; then no more. */
  async function silent(answer: Buffer | undefined) {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.write(greeting)
      let heard = 0
      socket.on('data', (chunk) => {
        heard += chunk.length
        if (heard === 4 + 16 && answer !== undefined) socket.write(answer)
      })
    })
    const port = await freePort()
    await once(server.listen(port, '127.0.0.1'), 'listening')
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return { address: { type: 'tcp', host: '127.0.0.1', port, export: '' } as const, sockets }
  }

  test.each([
    ['asked for TLS', undefined, 'stopped answering in the middle of the negotiation, waited 300 ms'],
    ['in the TLS handshake', agreed, 'stopped answering in the middle of the TLS handshake, waited 300 ms'],
  ])('%s is given up at the deadline, and on abort', async (_when, answer, words) => {
    const { address, sockets } = await silent(answer)
    const options = client(certificates.own)
    await expect(probeNbd(address, { ...options, timeoutMs: 300 })).rejects.toMatchObject(refused(words))
    const signal = AbortSignal.timeout(300)
    await expect(probeNbd(address, { ...options, signal })).rejects.toMatchObject({ code: 'VOLUME_ABORTED' })
    await expect.poll(() => [...sockets].every((socket) => socket.destroyed)).toBe(true)
  })

  test('that puts an answer behind its consent in the clear is not believed', async () => {
    const { address } = await silent(Buffer.concat([agreed, agreed]))
    await expect(probeNbd(address, client(certificates.own))).rejects.toMatchObject(
      refused('said more in the clear'),
    )
  })
})
