import { Duplex } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { QgaClient, type QgaConnectOptions } from '../../../src/qmp/index.ts'
import { linkedPair } from '../../../src/testing/index.ts'
import { settled } from './support.ts'

const coded = (code: string) => expect.objectContaining({ code })

interface Request {
  readonly execute: string
  readonly arguments?: { readonly id?: number }
}

/** An agent in memory: `answer` says what it writes for each command; syncs are answered unless it says otherwise. */
async function connected(
  answer: (request: Request) => string | undefined | typeof DEFAULT,
  options: QgaConnectOptions = {},
) {
  const [near, far] = linkedPair()
  const received: string[] = []
  far.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString('latin1').split('\n').slice(0, -1)) {
      const request: Request = JSON.parse(line.replace('\u00ff', ''))
      received.push(line)
      const scripted = answer(request)
      const text = scripted === DEFAULT ? byDefault(request) : scripted
      if (text !== undefined) far.write(text, 'latin1')
    }
  })
  onTestFinished(() => void far.destroy())
  const client = await QgaClient.connect(near, options)
  onTestFinished(() => client.close())
  return { client, far, received }
}

const DEFAULT = Symbol('default')
const synced = (id: number | undefined) => `\u00ff{"return": ${id}}\n`
function byDefault({ execute, arguments: args }: Request): string {
  if (execute === 'guest-sync-delimited') return synced(args?.id)
  return `{"return": ${JSON.stringify(execute)}}\n`
}

test('syncs first, with 0xFF before the request, then sends bare lines', async () => {
  const { client, received } = await connected(() => DEFAULT)
  expect(await client.execute('guest-get-host-name')).toBe('guest-get-host-name')
  expect(await client.execute('guest-ping')).toBeUndefined()
  expect(received[0]).toMatch(/^\u00ff\{"execute":"guest-sync-delimited","arguments":\{"id":\d+\}\}$/)
  expect(received.slice(1)).toEqual(['{"execute":"guest-get-host-name"}', '{"execute":"guest-ping"}'])
})

test('garbage, half answers and old syncs before the sentinel are dropped', async () => {
  const { client } = await connected((request) => {
    if (request.execute !== 'guest-sync-delimited') return DEFAULT
    return `Booting Linux\r\n{"return": "old"}\n{"err\u00ff{"return": 1}\n{"return": {"half": ${synced(request.arguments?.id)}`
  })
  expect(await client.execute('guest-get-users')).toBe('guest-get-users')
})

test('an agent that does not read gets no further syncs, and the next one once it reads again', async () => {
  let read: () => void = () => {}
  let isFirst = true
  const written: string[] = []
  const far = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString('latin1'))
      if (!isFirst) read = done
      else {
        isFirst = false
        answerLast()
        done()
      }
    },
  })
  const answerLast = () =>
    far.push(Buffer.from(synced(Number(/"id":(\d+)/.exec(written.at(-1) ?? '')?.[1])), 'latin1'))
  const client = await QgaClient.connect(far)
  onTestFinished(() => client.close())
  while (!far.writableNeedDrain) await client.sync({ timeoutMs: 0 }).catch(() => {})
  const kept = far.writableLength
  for (let count = 0; count < 20; count++) {
    await expect(client.sync({ timeoutMs: 0 })).rejects.toThrow(coded('QMP_TIMEOUT'))
  }
  expect(far.writableLength).toBe(kept)
  const waiting = client.sync()
  while (far.writableLength > 0) {
    read()
    await settled()
  }
  while (written.at(-1)?.includes('guest-sync') !== true) await settled()
  answerLast()
  await waiting
})

test('calls run one by one, and each gets its own answer', async () => {
  const { client, received } = await connected(() => DEFAULT)
  const names = ['guest-get-users', 'guest-get-disks', 'guest-info'] as const
  expect(await Promise.all(names.map((name) => client.execute(name)))).toEqual(names)
  expect(received).toHaveLength(4)
})

describe('after a timeout or an abort', () => {
  test('the late answer is dropped and a new sync made', async () => {
    const { client, far, received } = await connected(({ execute }) =>
      execute === 'guest-exec' ? undefined : DEFAULT,
    )
    await expect(client.execute('guest-exec', { path: '/x' }, { timeoutMs: 5 })).rejects.toThrow(
      expect.objectContaining({
        code: 'QMP_TIMEOUT',
        message: expect.stringContaining('outcome is unknown'),
      }),
    )
    far.write('{"return": {"pid": 5}}\n')
    await settled()
    expect(await client.execute('guest-info')).toBe('guest-info')
    expect(received.filter((line) => line.startsWith('\u00ff'))).toHaveLength(2)
    const controller = new AbortController()
    const aborted = client.execute('guest-exec', { path: '/x' }, { signal: controller.signal })
    await settled()
    controller.abort()
    const next = client.execute('guest-info')
    far.write('{"return": {"pid": 5}}\n')
    await expect(aborted).rejects.toThrow(coded('QMP_ABORTED'))
    expect(await next).toBe('guest-info')
  })

  test('of a call that still waits for its turn nothing is sent', async () => {
    const { client, received } = await connected(({ execute }) =>
      execute === 'guest-exec' ? undefined : DEFAULT,
    )
    const first = client.execute('guest-exec', { path: '/x' }, { timeoutMs: 30 })
    const second = client.execute('guest-get-users', undefined, { timeoutMs: 5 })
    await expect(second).rejects.toThrow(/was not sent/)
    await expect(first).rejects.toThrow(coded('QMP_TIMEOUT'))
    expect(await client.execute('guest-info')).toBe('guest-info')
    expect(received.some((line) => line.includes('users'))).toBe(false)
  })
})

describe('a command that is not answered', () => {
  test('is done when the sync behind it is', async () => {
    const { client, received } = await connected(({ execute }) =>
      execute.startsWith('guest-suspend') ? undefined : DEFAULT,
    )
    await client.send('guest-suspend-ram', undefined, { refusalMs: 60_000 })
    expect(received[1]).toBe('{"execute":"guest-suspend-ram"}')
    expect(await client.execute('guest-info')).toBe('guest-info')
  })

  test('is done when the agent goes away, or says nothing', async () => {
    let quiet = false
    const { client, far, received } = await connected(({ execute }) => {
      if (execute === 'guest-shutdown' || execute === 'guest-suspend-disk') quiet = true
      return quiet ? undefined : DEFAULT
    })
    await client.send('guest-suspend-disk', undefined, { refusalMs: 5 })
    quiet = false
    expect(await client.execute('guest-info')).toBe('guest-info')
    const shutdown = client.send('guest-shutdown', { mode: 'halt' }, { refusalMs: 60_000 })
    await settled()
    expect(received.at(-2)).toContain('guest-shutdown')
    far.destroy()
    await shutdown
  })

  test('fails when refused, and is no case for execute', async () => {
    const { client } = await connected(({ execute }) =>
      execute === 'guest-shutdown' ? '{"error": {"class": "GenericError", "desc": "no"}}\n' : DEFAULT,
    )
    await expect(client.send('guest-shutdown')).rejects.toThrow(coded('QMP_COMMAND_FAILED'))
    expect(await client.execute('guest-info')).toBe('guest-info')
    await expect(client.execute('guest-shutdown')).rejects.toThrow(/use send/)
  })
})

describe('the end', () => {
  test('no agent is QMP_GREETING, an end before the sync too, and an abort QMP_ABORTED', async () => {
    await expect(connected(() => undefined, { syncTimeoutMs: 10 })).rejects.toThrow(coded('QMP_GREETING'))
    const controller = new AbortController()
    const connecting = connected(() => undefined, { signal: controller.signal })
    controller.abort()
    await expect(connecting).rejects.toThrow(coded('QMP_ABORTED'))
    const [near, far] = linkedPair()
    const ending = QgaClient.connect(near)
    far.destroy()
    await expect(ending).rejects.toThrow(coded('QMP_GREETING'))
  })

  test('fails what waits and what comes, and what cannot be read ends it', async () => {
    const { client, far } = await connected(({ execute }) => (execute === 'guest-exec' ? undefined : DEFAULT))
    const sent = client.execute('guest-exec', { path: '/x' })
    const unsent = client.execute('guest-info')
    await settled()
    far.write('not JSON\n')
    await expect(sent).rejects.toThrow(coded('QMP_PROTOCOL'))
    await expect(unsent).rejects.toThrow(/was not sent/)
    expect(await client.closed).toEqual(coded('QMP_PROTOCOL'))
    await expect(client.sync()).rejects.toThrow(coded('QMP_PROTOCOL'))
  })

  test('what the guest is told in secret stays out of errors', async () => {
    const { client } = await connected(({ execute }) =>
      execute.startsWith('guest-s') && execute !== 'guest-sync-delimited'
        ? '{"error": {"class": "GenericError", "desc": "no"}}\n'
        : DEFAULT,
    )
    const error: unknown = await client
      .execute('guest-set-user-password', { username: 'u', password: 'Z2VoZWlt', crypted: false })
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ details: { arguments: { username: 'u', password: '[redacted]' } } })
  })
})
