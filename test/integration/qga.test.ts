import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { QgaClient } from 'qemu-launch/qmp'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Model } from '../../src/qmp/codegen/model.ts'
import { testGuest } from '../support/guest.ts'
import { GuestConsole } from '../support/guest-console.ts'
import { eventually, freshPath, guestAgent, isListening, startProgram, waitFor } from '../support/qemu.ts'
import { testDirectory } from '../support/vm.ts'

const model: Model = JSON.parse(
  readFileSync(new URL('../../src/qmp/generator/guest-model.json', import.meta.url), 'utf8'),
)

const coded = (code: string) => expect.objectContaining({ code })

/** What an agent on this host must never do. */
const FORBIDDEN = [
  'guest-shutdown',
  'guest-suspend-disk',
  'guest-suspend-ram',
  'guest-suspend-hybrid',
  'guest-fsfreeze-freeze',
  'guest-fsfreeze-freeze-list',
  'guest-fsfreeze-thaw',
  'guest-fsfreeze-status',
  'guest-fstrim',
  'guest-set-time',
  'guest-set-vcpus',
  'guest-set-user-password',
  'guest-set-memory-blocks',
  'guest-ssh-add-authorized-keys',
  'guest-ssh-remove-authorized-keys',
]

async function startHostAgent(): Promise<string> {
  const path = freshPath('a')
  const words = ['-m', 'unix-listen', '-p', path, '-f', `${path}.pid`, '-t', testDirectory('a')]
  startProgram(guestAgent().program, [...words, '-l', '/dev/null', '-b', FORBIDDEN.join(',')])
  await waitFor(() => isListening(path))
  return `unix:${path}`
}

async function connectHostAgent(): Promise<QgaClient> {
  const client = await QgaClient.connect(await startHostAgent())
  onTestFinished(() => client.close())
  return client
}

describe('a real agent on this host', () => {
  test('answers typed commands, exactly', async () => {
    const client = await connectHostAgent()
    expect(await client.execute('guest-ping')).toBeUndefined()
    const info = await client.execute('guest-info')
    expect(info.supported_commands.find(({ name }) => name === 'guest-sync-delimited')?.enabled).toBe(true)
    const supported = info.supported_commands
    expect(supported.filter(({ name }) => model.commands[name] === undefined)).toEqual([])
    for (const { name, 'success-response': isAnswered } of supported) {
      expect(model.commands[name]?.silent === true, name).toBe(!isAnswered)
    }
    // What every build of every version has, this one has.
    const certain = Object.entries(model.commands).flatMap(([name, { from, until, if: condition }]) =>
      from === undefined && until === undefined && condition === undefined ? [name] : [],
    )
    expect(certain.length).toBeGreaterThan(15)
    expect(supported.map(({ name }) => name)).toEqual(expect.arrayContaining(certain))
    const time = await client.execute('guest-get-time')
    expect(typeof time).toBe('bigint')
    expect(Math.abs(Number(BigInt(time) / 1_000_000n) - Date.now())).toBeLessThan(60_000)
    expect((await client.execute('guest-get-host-name'))['host-name']).not.toBe('')
    expect((await client.execute('guest-network-get-interfaces')).map(({ name }) => name)).toContain('lo')
  })

  test('runs a program and reads what it said', async () => {
    const client = await connectHostAgent()
    const { pid } = await client.execute('guest-exec', {
      path: '/bin/echo',
      arg: ['grüße'],
      'capture-output': true,
    })
    const status = await eventually(async () => {
      const now = await client.execute('guest-exec-status', { pid })
      if (!now.exited) throw new Error('still running')
      return now
    })
    expect(status.exitcode).toBe(0)
    expect(Buffer.from(status['out-data'] ?? '', 'base64').toString()).toBe('grüße\n')
  })

  test('refuses with its own words, and the calls after it are unharmed', async () => {
    const client = await connectHostAgent()
    const refused = client.execute('guest-file-open', { path: '/nonexistent/x' })
    const next = client.execute('guest-ping')
    await expect(refused).rejects.toThrow(
      expect.objectContaining({
        code: 'QMP_COMMAND_FAILED',
        message: expect.stringMatching(/^guest agent command 'guest-file-open' failed/),
      }),
    )
    await next
    // Blocked above: the refusal of a command that is not answered when it succeeds.
    await expect(client.send('guest-shutdown')).rejects.toThrow(coded('QMP_COMMAND_FAILED'))
    await client.execute('guest-ping')
  })

  test('answers that come late are not taken for others', async () => {
    const client = await connectHostAgent()
    for (let round = 0; round < 30; round++) {
      const controller = new AbortController()
      const dropped = client.execute('guest-info', undefined, { signal: controller.signal })
      setTimeout(() => controller.abort(), round % 5)
      const kept = client.execute('guest-get-host-name')
      await dropped.catch((error: unknown) => expect(error).toEqual(coded('QMP_ABORTED')))
      expect(await kept).toEqual({ 'host-name': expect.any(String) })
    }
    const crowd = await Promise.allSettled(
      Array.from({ length: 100 }, () => client.execute('guest-info', undefined, { timeoutMs: 2 })),
    )
    const late = crowd.filter((result) => result.status === 'rejected')
    expect(late.length).toBeGreaterThan(0)
    for (const { reason } of late) expect(reason).toEqual(coded('QMP_TIMEOUT'))
    expect(await client.execute('guest-get-timezone')).toMatchObject({ offset: expect.any(Number) })
  })

  test('is found in step after another client left half a request', async () => {
    const address = await startHostAgent()
    const rude = connect(address.slice('unix:'.length))
    await new Promise((resolve) => rude.write('{"execute":"guest-exec","arguments":{"path":"', resolve))
    rude.destroy()
    await using client = await QgaClient.connect(address)
    await client.execute('guest-ping')
  })
})

test('in the guest, through virtio-serial: commands, and the shutdown that is not answered', async () => {
  const guest = testGuest()
  const [initrd, serial, port] = [freshPath('i'), freshPath('s'), freshPath('v')]
  writeFileSync(initrd, Buffer.concat([readFileSync(guest.initrd), readFileSync(guestAgent().initramfs)]))
  startProgram('qemu-system-x86_64', [
    ...['-nodefaults', '-display', 'none', '-M', 'q35', '-accel', 'tcg', '-cpu', 'max', '-m', '256'],
    ...['-kernel', guest.kernel, '-initrd', initrd, '-append', guest.append],
    ...['-serial', `unix:${serial},server=on,wait=off`],
    ...['-chardev', `socket,id=a,path=${port},server=on,wait=off`, '-device', 'virtio-serial-pci'],
    ...['-device', 'virtserialport,chardev=a,name=org.qemu.guest_agent.0'],
  ])
  await waitFor(() => isListening(serial) && isListening(port))
  await expect(QgaClient.connect(`unix:${port}`, { syncTimeoutMs: 300 })).rejects.toThrow(
    expect.objectContaining({ code: 'QMP_GREETING', message: expect.stringContaining('does not run') }),
  )
  using console = GuestConsole.attach(connect(serial))
  await console.waitForReady()
  await console.check('/agent/run')
  // The syncs of the attempt before are answered now, too: they must not be taken for this one's.
  await using client = await QgaClient.connect(`unix:${port}`, { syncTimeoutMs: 30_000 })
  expect((await client.execute('guest-get-osinfo')).machine).toBe('x86_64')
  expect(await client.execute('guest-get-vcpus')).toHaveLength(1)
  await client.send('guest-shutdown', { mode: 'powerdown' })
  expect(await client.closed).toEqual(coded('QMP_CLOSED'))
  await expect(client.execute('guest-ping')).rejects.toThrow(/was not sent/)
})
