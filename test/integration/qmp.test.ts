import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { QmpClient, type QmpEvent } from 'qemu-launch/qmp'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually, freePort, isListening, startIdleQemu, waitFor } from '../support/qemu.ts'

async function startOnSocket(options = '', chardev = ''): Promise<{ child: ChildProcess; address: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'qmp-test-'))
  const path = join(directory, 'qmp.sock')
  const child = startIdleQemu([
    '-chardev',
    `socket,id=m,path=${path},server=on,wait=off${chardev}`,
    '-mon',
    `chardev=m,mode=control${options}`,
  ])
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  await waitFor(() => isListening(path))
  return { child, address: `unix:${path}` }
}

async function connectOnSocket(
  options = {},
): Promise<{ child: ChildProcess; client: QmpClient; address: string }> {
  const { child, address } = await startOnSocket()
  const client = await QmpClient.connect(address, options)
  onTestFinished(() => client.close())
  return { child, client, address }
}

const coded = (code: string) => expect.objectContaining({ code })

describe('a monitor on a unix socket', () => {
  test('greets, answers, and sends its whole schema', async () => {
    const { client } = await connectOnSocket()
    const { qemu } = await client.execute('query-version')
    expect(client.greeting.version.qemu).toEqual(qemu)
    expect(client.greeting.capabilities).toContain('oob')
    expect(await client.execute('query-status')).toMatchObject({ running: false, status: 'prelaunch' })
    const schema = await client.execute('query-qmp-schema')
    expect(JSON.stringify(schema).length).toBeGreaterThan(180_000)
    expect(schema.find(({ name }) => name === 'blockdev-add')).toMatchObject({ 'meta-type': 'command' })
  })

  test('says that it is one with telnet=on', async () => {
    const { address } = await startOnSocket('', ',telnet=on')
    await expect(QmpClient.connect(address)).rejects.toThrow(
      /QMP session: .* this monitor speaks telnet, start QEMU without telnet=on$/,
    )
  })

  test('keeps 64-bit integers exact', async () => {
    const { client } = await connectOnSocket()
    const property = { path: '/machine/unattached/system[0]', property: 'size' }
    expect(await client.execute('qom-get', property)).toBe(18446744073709551615n)
    await client.execute('object-add', {
      'qom-type': 'throttle-group',
      id: 't',
      limits: { 'bps-total': 2n ** 49n },
    })
    const limits = await client.execute('qom-get', { path: '/objects/t', property: 'limits' })
    expect(limits).toMatchObject({ 'bps-total': 2 ** 49 })
    await client.execute('blockdev-add', { driver: 'null-co', 'node-name': 'n', size: 2 ** 60 })
    const nodes = await client.execute('query-named-block-nodes')
    expect(nodes[0]?.image['virtual-size']).toBe(2n ** 60n)
  })

  test('refuses a descriptor that never came, and says why', async () => {
    const { client } = await connectOnSocket()
    await expect(client.execute('getfd', { fdname: 'a' })).rejects.toThrow(/SCM_RIGHTS.*Node\.js cannot/)
    await expect(client.execute('add-fd', {})).rejects.toThrow(/Node\.js cannot/)
  })

  test('refuses with its own words, and rejects what it cannot read locally', async () => {
    const { client } = await connectOnSocket()
    await expect(client.execute('device_add', { driver: 'nope' })).rejects.toThrow(
      expect.objectContaining({ code: 'QMP_COMMAND_FAILED', qmpClass: 'GenericError' }),
    )
    await expect(client.execute('x-no-such-command')).rejects.toThrow(
      expect.objectContaining({ qmpClass: 'CommandNotFound' }),
    )
    await expect(client.execute('qom-list', { path: '\ufffe' })).rejects.toThrow(
      coded('QMP_INVALID_ARGUMENT'),
    )
    expect(await client.execute('qom-list', { path: '/' })).not.toHaveLength(0)
  })

  test('answers 64 pipelined commands in order', async () => {
    const { client } = await connectOnSocket()
    const order: number[] = []
    const calls = Array.from({ length: 64 }, (_, index) =>
      client.execute('query-status').then((status) => {
        order.push(index)
        return status.status
      }),
    )
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['prelaunch']))
    expect(order).toEqual(Array.from({ length: 64 }, (_, index) => index))
  })

  test('serves one client: a second times out with the reason, a waiting one gets its turn', async () => {
    const { client, address } = await connectOnSocket()
    await expect(QmpClient.connect(address, { greetingTimeoutMs: 200 })).rejects.toThrow(
      expect.objectContaining({
        code: 'QMP_GREETING',
        message: expect.stringContaining('another client holds this monitor'),
      }),
    )
    const crowd = Array.from({ length: 6 }, () => QmpClient.connect(address))
    await sleep(50)
    await client.close()
    await Promise.all(
      crowd.map(async (connecting) => {
        const next = await connecting
        expect(await next.execute('query-status')).toMatchObject({ running: false })
        await next.close()
      }),
    )
  })

  test('executes out of band for real, past a full window', async () => {
    const { client } = await connectOnSocket({ oob: true })
    const calls = Array.from({ length: 30 }, () => client.execute('query-qmp-schema'))
    let inBandDone = 0
    for (const call of calls) void call.then(() => inBandDone++)
    expect(await client.executeOob('query-yank')).toEqual([{ type: 'chardev', id: 'm' }])
    expect(inBandDone).toBeLessThan(30)
    await Promise.all(calls)
    const inBandOnly: string = 'query-status'
    await expect(client.executeOob(inBandOnly)).rejects.toThrow(/does not support OOB/)
  })

  test('pretty printing makes no difference', async () => {
    const { address } = await startOnSocket(',pretty=on')
    await using client = await QmpClient.connect(address)
    expect(await client.execute('query-status')).toMatchObject({ status: 'prelaunch' })
    expect((await client.execute('query-commands')).length).toBeGreaterThan(150)
  })
})

describe('a monitor on an inherited socketpair', () => {
  const words = ['-chardev', 'socket,id=m,fd=3', '-qmp', 'chardev:m']

  async function connectInherited(): Promise<{ child: ChildProcess; client: QmpClient }> {
    const child = startIdleQemu(words, 'pipe')
    const stream = child.stdio[3]
    if (!(stream instanceof Duplex)) throw new Error('no inherited stream')
    const client = await QmpClient.connect(stream)
    onTestFinished(() => client.close())
    return { child, client }
  }

  test('quit: the event, the end of the link, the exit', async () => {
    const { child, client } = await connectInherited()
    const exited = once(child, 'exit')
    const seen: string[] = []
    const events = client.events()
    const shutdown = client.waitFor('SHUTDOWN')
    // QEMU does not promise the reply to quit.
    await client.execute('quit').catch((error: unknown) => expect(error).toEqual(coded('QMP_CLOSED')))
    expect((await shutdown).data).toEqual({ guest: false, reason: 'host-qmp-quit' })
    for await (const { event } of events) seen.push(event)
    expect(seen).toEqual(['SHUTDOWN'])
    expect(await client.closed).toEqual(coded('QMP_CLOSED'))
    expect(await exited).toEqual([0, null])
  })

  test('kill -9 in the middle: every call fails with QMP_CLOSED', async () => {
    const { child, client } = await connectInherited()
    await client.execute('query-status')
    const calls = Array.from({ length: 20 }, () => client.execute('query-qmp-schema'))
    setImmediate(() => child.kill('SIGKILL'))
    const results = await Promise.allSettled(calls)
    const failures = results.filter((result) => result.status === 'rejected')
    expect(failures.length).toBeGreaterThan(0)
    for (const { reason } of failures) {
      expect(reason).toEqual(coded('QMP_CLOSED'))
      expect(reason.message).toMatch(/outcome is unknown/)
    }
    await expect(client.execute('query-status')).rejects.toThrow(/was not sent/)
  })

  test('stop and cont send their events before their replies', async () => {
    const { client } = await connectInherited()
    const seen: string[] = []
    client.on('*', ({ event }: QmpEvent) => seen.push(event))
    await client.execute('cont')
    expect(seen).toEqual(['RESUME'])
    await client.execute('stop')
    expect(seen).toEqual(['RESUME', 'STOP'])
  })
})

test('a websocket monitor greets', async () => {
  const port = await freePort()
  startIdleQemu([
    '-chardev',
    `socket,id=m,host=127.0.0.1,port=${port},server=on,wait=off,websocket=on`,
    '-qmp',
    'chardev:m',
  ])
  const outcome = await eventually(async () => {
    try {
      await using _ = await QmpClient.connect(`ws://127.0.0.1:${port}/`, { greetingTimeoutMs: 500 })
      return 'connected'
    } catch (error) {
      const { code } = error as { code: string }
      if (code === 'QMP_CONNECT') throw error
      return code
    }
  })
  // The negotiation may stall in QEMU itself (see transport/websocket.ts); the greeting may not.
  expect(['connected', 'QMP_NEGOTIATION']).toContain(outcome)
})

test('a tcp monitor works', async () => {
  const port = await freePort()
  startIdleQemu([
    '-chardev',
    `socket,id=m,host=127.0.0.1,port=${port},server=on,wait=off`,
    '-qmp',
    'chardev:m',
  ])
  await using client = await eventually(() => QmpClient.connect(`tcp:127.0.0.1:${port}`))
  expect(await client.execute('query-status')).toMatchObject({ status: 'prelaunch' })
})
