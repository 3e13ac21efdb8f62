import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { probeCapabilities } from 'qemu-launch'
import { listenQmp, openStream, QmpClient } from 'qemu-launch/qmp'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { makeCertificates } from '../support/certificates.ts'
import {
  eventually,
  freePort,
  freshPath,
  isListening,
  startIdleQemu,
  startProgram,
  waitFor,
} from '../support/qemu.ts'
import { freshName, testDirectory } from '../support/vm.ts'

const coded = (code: string) => expect.objectContaining({ code })
const PRELAUNCH = { status: 'prelaunch', running: false }
const MONITOR = ['-qmp', 'chardev:m']

describe('TLS', () => {
  async function startTls(verifyPeer: 'yes' | 'no') {
    const directory = testDirectory(freshName('c'))
    makeCertificates(directory)
    const port = await freePort()
    startIdleQemu([
      ...['-object', `tls-creds-x509,id=t,dir=${directory},endpoint=server,verify-peer=${verifyPeer}`],
      ...['-chardev', `socket,id=m,host=127.0.0.1,port=${port},server=on,wait=off,tls-creds=t`, ...MONITOR],
    ])
    const read = (file: string) => readFileSync(join(directory, file))
    // A plain connection, closed again, shows that the port is open.
    await eventually(async () => (await openStream(`tcp:127.0.0.1:${port}`)).destroy())
    return { address: `tcp:127.0.0.1:${port}`, read }
  }

  test('a monitor whose certificate is checked', async () => {
    const { address, read } = await startTls('no')
    await using client = await QmpClient.connect(address, { tls: { ca: read('ca-cert.pem') } })
    expect(await client.execute('query-status')).toMatchObject(PRELAUNCH)
    expect(JSON.stringify(await client.execute('query-qmp-schema')).length).toBeGreaterThan(180_000)
  })

  test('a certificate of another CA, and a plain connection, get nowhere', async () => {
    const { address } = await startTls('no')
    await expect(QmpClient.connect(address, { tls: {} })).rejects.toThrow(coded('QMP_CONNECT'))
    await expect(QmpClient.connect(address, { greetingTimeoutMs: 300 })).rejects.toThrow(
      coded('QMP_GREETING'),
    )
  })

  test('a monitor that checks its client’s', async () => {
    const { address, read } = await startTls('yes')
    const ca = read('ca-cert.pem')
    await expect(QmpClient.connect(address, { tls: { ca }, greetingTimeoutMs: 2000 })).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^QMP_(CONNECT|GREETING)$/) }),
    )
    const tls = { ca, cert: read('client-cert.pem'), key: read('client-key.pem') }
    await using client = await QmpClient.connect(address, { tls })
    expect(await client.execute('query-status')).toMatchObject(PRELAUNCH)
  })
})

describe('QEMU dials us', () => {
  test.each(['unix', 'tcp'])('over %s', async (kind) => {
    await using listener = await listenQmp(kind === 'tcp' ? 'tcp:127.0.0.1:0' : `unix:${freshPath('l')}`)
    const accepting = listener.accept({ oob: true })
    const [, host, port] = listener.address.split(':')
    startIdleQemu([
      '-chardev',
      kind === 'tcp' ? `socket,id=m,host=${host},port=${port}` : `socket,id=m,path=${host}`,
      ...MONITOR,
    ])
    await using client = await accepting
    expect(client.capabilities).toEqual(['oob'])
    expect(await client.execute('query-status')).toMatchObject(PRELAUNCH)
  })

  test('and comes back', async () => {
    await using listener = await listenQmp(`unix:${freshPath('l')}`)
    const path = listener.address.slice('unix:'.length)
    // QEMU 9.2 brought the one in milliseconds, 11.1 has no other.
    const { features } = await probeCapabilities()
    const again = features.reconnectMs ? 'reconnect-ms=1000' : 'reconnect=1'
    startIdleQemu(['-chardev', `socket,id=m,path=${path},${again}`, ...MONITOR])
    const first = await listener.accept()
    await first.close()
    await using second = await listener.accept()
    expect(await second.execute('query-status')).toMatchObject(PRELAUNCH)
  })

  test('after others who came and went', async () => {
    await using listener = await listenQmp(`unix:${freshPath('l')}`)
    for (let count = 0; count < 8; count++) (await openStream(listener.address)).destroy()
    const path = listener.address.slice('unix:'.length)
    startIdleQemu(['-chardev', `socket,id=m,path=${path}`, ...MONITOR])
    await using client = await listener.accept()
    expect(await client.execute('query-status')).toMatchObject(PRELAUNCH)
  })

  test('or does not: a limit, an abort, the end', async () => {
    const listener = await listenQmp('tcp:127.0.0.1:0')
    await expect(listener.accept({ greetingTimeoutMs: 10 })).rejects.toThrow(coded('QMP_CONNECT'))
    await expect(listener.accept({ signal: AbortSignal.abort() })).rejects.toThrow(coded('QMP_ABORTED'))
    const waiting = listener.accept()
    await listener.close()
    await expect(waiting).rejects.toThrow(coded('QMP_CLOSED'))
    await expect(listener.accept()).rejects.toThrow(coded('QMP_CLOSED'))
    await expect(listenQmp('unix:/nonexistent/l')).rejects.toThrow(coded('QMP_CONNECT'))
    await expect(listenQmp('ws://127.0.0.1:1/')).rejects.toThrow(coded('QMP_INVALID_ARGUMENT'))
  })
})

describe('a serial console', () => {
  async function startBios(chardev: string): Promise<void> {
    startProgram('qemu-system-x86_64', [
      ...['-nodefaults', '-display', 'none', '-M', 'pc,graphics=off', '-accel', 'tcg', '-m', '32'],
      ...['-chardev', `socket,id=c,${chardev},server=on,wait=on`, '-serial', 'chardev:c'],
    ])
  }

  async function readUntil(stream: Duplex, text: string): Promise<void> {
    onTestFinished(() => void stream.destroy())
    let seen = ''
    for await (const chunk of stream) {
      seen += String(chunk)
      if (seen.includes(text)) return
    }
    expect.unreachable(`the console ended after ${seen}`)
  }

  test('over a unix socket', async () => {
    const path = freshPath('s')
    await startBios(`path=${path}`)
    await waitFor(() => isListening(path))
    await readUntil(await eventually(() => openStream(`unix:${path}`)), 'SeaBIOS')
  })

  test('over a websocket', async () => {
    const port = await freePort()
    await startBios(`host=127.0.0.1,port=${port},websocket=on`)
    await readUntil(await eventually(() => openStream(`ws://127.0.0.1:${port}/`)), 'SeaBIOS')
  })

  test('that is not there, or is not waited for', async () => {
    await expect(openStream('unix:/nonexistent')).rejects.toThrow(coded('QMP_CONNECT'))
    await expect(openStream('unix:/nonexistent', { signal: AbortSignal.abort() })).rejects.toThrow(
      coded('QMP_ABORTED'),
    )
  })
})

/**
 * QEMU 7.2 to 10.0 watch a websocket for input in the main loop while the monitor polls in a thread of its own
 * (io/channel-websock.c): what a client sends is read when that thread happens to wake. This shows it, so that a
 * QEMU that does better makes it fail.
 */
describe('a monitor over a websocket', () => {
  async function startWebSocket(): Promise<{ url: string; other: QmpClient }> {
    const [port, path] = [await freePort(), freshPath('q')]
    startIdleQemu([
      ...['-chardev', `socket,id=m,host=127.0.0.1,port=${port},server=on,wait=off,websocket=on`, ...MONITOR],
      ...['-chardev', `socket,id=n,path=${path},server=on,wait=off`, '-qmp', 'chardev:n'],
    ])
    await waitFor(() => isListening(path))
    const other = await QmpClient.connect(`unix:${path}`)
    onTestFinished(() => other.close())
    return { url: `ws://127.0.0.1:${port}/`, other }
  }

  /** The connection itself wakes the thread: on a busy host so late that it sees the first command too. */
  const unlessStillAwake = <T>(attempt: () => Promise<T>): Promise<T> => eventually(attempt, 30_000)

  test('stalls after its greeting', () =>
    unlessStillAwake(async () => {
      const { url } = await startWebSocket()
      await expect(QmpClient.connect(url, { greetingTimeoutMs: 1000 })).rejects.toThrow(
        coded('QMP_NEGOTIATION'),
      )
    }))

  test('is not woken by any frame, but by the next command on another monitor', async () => {
    const { socket, answers, pongs, other } = await unlessStillAwake(async () => {
      const { url, other } = await startWebSocket()
      const socket = new WebSocket(url, { perMessageDeflate: false })
      onTestFinished(() => socket.terminate())
      const answers: string[] = []
      let pongs = 0
      socket.on('message', (data) => answers.push(String(data)))
      socket.on('pong', () => pongs++)
      await once(socket, 'open')
      await waitFor(() => answers.length === 1)
      await sleep(200)
      socket.send(Buffer.from('{"execute":"qmp_capabilities"}\n'))
      socket.ping()
      await waitFor(() => pongs === 1)
      expect(answers).toHaveLength(1)
      return { socket, answers, pongs: () => pongs, other }
    })
    for (let round = 2; round <= 20; round++) {
      socket.send(Buffer.alloc(0))
      socket.send(Buffer.from('\n'))
      socket.pong()
      socket.ping()
      // QEMU has read what was sent before.
      await waitFor(() => pongs() === round)
    }
    expect(answers.join('')).not.toContain('return')
    await other.execute('query-status')
    await waitFor(() => answers.join('').includes('{"return": {}}'))
  })

  test('works while commands on a second monitor wake its thread', async () => {
    const { url, other } = await startWebSocket()
    let done = false
    const waking = (async () => {
      while (!done) {
        await other.execute('query-status')
        await sleep(5)
      }
    })()
    try {
      await using client = await QmpClient.connect(url)
      expect(await client.execute('query-status')).toMatchObject(PRELAUNCH)
      expect(JSON.stringify(await client.execute('query-qmp-schema')).length).toBeGreaterThan(180_000)
    } finally {
      done = true
      await waking
    }
  })
})
