import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type QmpCommand, reattachVm, type Vm } from 'qemu-launch'
import { type NbdServer, type ServerSpecInput, startServer } from 'qemu-launch/volumes'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { dying, runElsewhere } from '../support/elsewhere.ts'
import { certificateDirectories } from '../support/nbd-tls.ts'
import { freePort } from '../support/qemu.ts'
import {
  blankFile,
  bootGuest,
  connectConsole,
  freshName,
  qemuDisks,
  type RunningGuest,
  recorded,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()

let certificates: ReturnType<typeof certificateDirectories>

beforeAll(() => {
  process.env.TMPDIR = testDirectory('t')
  certificates = certificateDirectories()
})

const kinds = {
  nbdkit: (): ServerSpecInput => ({ type: 'nbdkit', plugin: 'memory', parameters: { size: '16M' } }),
  'qemu-nbd': (): ServerSpecInput => ({ type: 'qemu-nbd', file: blankFile(16) }),
}

/** A server on the loopback that takes only clients with a certificate. */
async function start(spec: ServerSpecInput): Promise<NbdServer> {
  const socket = { host: '127.0.0.1', port: await freePort() }
  const tls = { dir: certificates.own, verifyPeer: true }
  return startServer({ ...spec, socket, tls }, { exitWithParent: true })
}

/** What begins on a disk, read from its server by another client than QEMU. */
function beginning({ uri }: NbdServer, bytes: number): string {
  const source = `${uri}?tls-certificates=${certificates.own}`
  const options = { maxBuffer: 256 * 1024 * 1024 }
  return execFileSync('nbdcopy', [source, '-'], options).subarray(0, bytes).toString()
}

async function credentials(vm: Vm): Promise<string[]> {
  const objects = await vm.qmp.execute('qom-list', { path: '/objects' })
  return objects.filter(({ type }) => type.includes('tls-creds')).map(({ name }) => name)
}

/** Nothing of any key: only the paths of their directory are anywhere. */
function expectNoKeys(text: string): void {
  const secrets = [certificates.own, certificates.other].flatMap((directory) =>
    ['client-key.pem', 'server-key.pem'].map(
      (name) => readFileSync(join(directory, name), 'utf8').split('\n')[1] ?? 'absent',
    ),
  )
  for (const secret of secrets) expect(text).not.toContain(secret)
  expect(text).not.toContain('PRIVATE KEY')
}

describe('a guest', () => {
  let guest: RunningGuest
  let boot: NbdServer

  beforeAll(async () => {
    boot = await start(kinds.nbdkit())
    const tls = { dir: certificates.own }
    guest = await bootGuest({ config: { volumes: [{ id: 'cold', uri: boot.uri, role: 'data', tls }] } })
  })

  afterAll(async () => {
    await guest?.vm.kill()
    await boot?.stop()
  })

  test('has a data volume over TLS from its start, which is detached without a trace', async () => {
    const { vm, console } = guest
    expect(await credentials(vm)).toEqual(['tls-cold'])
    expect(await vm.discrepancies()).toEqual([])
    const disk = await console.waitForDisk('cold')
    await console.check(`echo written at boot >/dev/${disk}; sync`)
    expect(beginning(boot, 15)).toBe('written at boot')
    expectNoKeys(readFileSync(`/proc/${vm.pid}/cmdline`, 'latin1'))
    expect(await vm.volumes.detach('cold')).toEqual({ outcome: 'detached', id: 'cold' })
    expect(await qemuDisks(vm.qmp)).toMatchObject({ nodes: [], iothreads: [] })
    expect(await credentials(vm)).toEqual([])
    expect(await vm.discrepancies()).toEqual([])
  })

  test.each(['nbdkit', 'qemu-nbd'] as const)('writes to %s over TLS, and lets go of it', async (kind) => {
    const { vm, console } = guest
    const empty = await qemuDisks(vm.qmp)
    const server = await start(kinds[kind]())
    onTestFinished(() => server.stop())
    const steps: QmpCommand[] = []
    const tls = { dir: certificates.own }
    const onStep = (step: QmpCommand) => void steps.push(step)
    await vm.volumes.attach({ id: `hot-${kind}`, uri: server.uri, tls }, { onStep })
    expect(steps.map(({ execute }) => execute)).toEqual([
      'object-add',
      'object-add',
      'blockdev-add',
      'device_add',
    ])
    expect(steps[2]).toMatchObject({ arguments: { 'tls-creds': `tls-hot-${kind}` } })
    expect(await vm.discrepancies()).toEqual([])
    expectNoKeys(JSON.stringify(steps) + readFileSync(vm.paths.state, 'utf8'))

    const disk = await console.waitForDisk(`hot${kind.replace('-', '')}`)
    await console.check(`seq 1 300000 >/dev/${disk}; sync`)
    const written = Array.from({ length: 300_000 }, (_, index) => `${index + 1}\n`).join('')
    expect(beginning(server, written.length)).toBe(written)

    expect(await vm.volumes.detach(`hot-${kind}`)).toMatchObject({ outcome: 'detached' })
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(await credentials(vm)).toEqual([])
    expect(recorded(vm)).toEqual([])
  })

  test('loses nothing when the certificates are gone by the time it lets go', async () => {
    const { vm, console } = guest
    const dir = testDirectory(freshName('c'))
    cpSync(certificates.own, dir, { recursive: true })
    const server = await start(kinds.nbdkit())
    onTestFinished(() => server.stop())
    await vm.volumes.attach({ id: 'bare', uri: server.uri, tls: { dir } })
    const disk = await console.waitForDisk('bare')
    rmSync(dir, { recursive: true })
    await console.check(`echo written last >/dev/${disk}; sync`)
    expect(await vm.volumes.detach('bare')).toEqual({ outcome: 'detached', id: 'bare' })
    expect(beginning(server, 12)).toBe('written last')
    expect(await credentials(vm)).toEqual([])
  })

  test('goes on with a server that came back, over TLS again', async () => {
    const { vm, console } = guest
    const socket = { host: '127.0.0.1', port: await freePort() }
    const tls = { dir: certificates.own, verifyPeer: true }
    const spec = { type: 'nbdkit' as const, plugin: 'file', parameters: { file: blankFile(16) }, socket, tls }
    const events: string[] = []
    const server = await startServer(spec, { restart: true, onEvent: ({ event }) => events.push(event) })
    onTestFinished(() => server.stop())
    await vm.volumes.attach({ id: 'back', uri: server.uri, tls: { dir: certificates.own } })
    const disk = await console.waitForDisk('back')
    process.kill(server.pid, 'SIGKILL')
    await console.check(`seq 1 100000 >/dev/${disk}; sync`)
    // The guest may be served before this process has seen that the server is back.
    await expect.poll(() => events).toContain('SERVER_RESTARTED')
    expect(beginning(server, 6)).toBe('1\n2\n3\n')
    await vm.volumes.detach('back')
    expect(await credentials(vm)).toEqual([])
  })

  /** Takes the VM up as its owner, and ends by SIGKILL while a step is under way, or after it. */
  const program = `${dying}
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(name, { stateDir })
    const hooks = dieAt(step, moment)
    await (verb === 'attach' ? vm.volumes.attach(spec, hooks) : vm.volumes.detach(spec.id, hooks))
  `

  test.each([
    ['attach', 1, 'after'],
    ['attach', 2, 'during'],
    ['attach', 2, 'after'],
    ['detach', 1, 'after'],
    ['detach', 2, 'during'],
  ] as const)(
    'whose owner dies in its %s (step %i, %s) has no credentials too many',
    async (verb, step, moment) => {
      const { id } = guest.vm
      const server = await start(kinds.nbdkit())
      onTestFinished(() => server.stop())
      const spec = { id: 'half', uri: server.uri, tls: { dir: certificates.own } }
      if (verb === 'detach') {
        await guest.vm.volumes.attach(spec)
        using console = await connectConsole(guest.vm)
        await console.waitForDisk('half')
      }
      await guest.vm.detach()
      expect(await runElsewhere(program, { stateDir, name: id, verb, spec, step, moment })).toBe('SIGKILL')
      const vm = await reattachVm(id, { stateDir })
      guest = { ...guest, vm }
      const has = recorded(vm).length > 0
      expect(await credentials(vm)).toEqual(has ? ['tls-half'] : [])
      expect(await vm.discrepancies()).toEqual([])
      if (has) await vm.volumes.detach('half')
      expect(await credentials(vm)).toEqual([])
      expect(recorded(vm)).toEqual([])
    },
  )
})

describe('QEMU', () => {
  test('is not told of a server that cannot be had over TLS, or not without', async () => {
    const vm = await startVm()
    onTestFinished(async () => void (await vm.kill()))
    const empty = await qemuDisks(vm.qmp)
    const server = await start(kinds['qemu-nbd']())
    onTestFinished(() => server.stop())
    const { own, other, caOnly, foreign } = certificates
    const plain = server.uri.replace('nbds:', 'nbd:')
    const steps: QmpCommand[] = []
    const attach = (uri: string, dir?: string) =>
      vm.volumes.attach(
        { id: 'v', uri, ...(dir === undefined ? {} : { tls: { dir } }) },
        { onStep: (step) => void steps.push(step) },
      )
    const failures = [
      [plain, undefined, 'VOLUME_BACKEND', 'requires TLS: set tls'],
      [server.uri, undefined, 'VOLUME_SPEC', 'tls: is required'],
      [server.uri, other, 'VOLUME_BACKEND', 'does not vouch for: take the CA that signed it'],
      [server.uri, caOnly, 'VOLUME_BACKEND', 'There is no client-cert.pem'],
      [server.uri, foreign, 'VOLUME_BACKEND', 'does it take'],
      [server.uri, `${own}/absent`, 'VOLUME_BACKEND', 'absent/ca-cert.pem'],
    ] as const
    for (const [uri, dir, code, words] of failures) {
      const error = await attach(uri, dir).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject({ code, message: expect.stringContaining(words) })
      expectNoKeys(JSON.stringify(error) + String(error))
    }
    expect(steps).toEqual([])
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(recorded(vm)).toEqual([])
  })

  test('is rid of what it refused, the credentials too', async () => {
    const vm = await startVm()
    onTestFinished(async () => void (await vm.kill()))
    const empty = await qemuDisks(vm.qmp)
    const server = await start(kinds.nbdkit())
    onTestFinished(() => server.stop())
    const steps: string[] = []
    const onStep = async ({ execute }: QmpCommand) => {
      steps.push(execute)
      // The server is lost between our asking and QEMU's.
      if (execute === 'blockdev-add') await server.stop()
    }
    const volume = { id: 'v', uri: server.uri, tls: { dir: certificates.own } }
    await expect(vm.volumes.attach(volume, { onStep })).rejects.toMatchObject({
      code: 'VOLUME_ATTACH_FAILED',
      details: { step: 'blockdev-add', leftovers: [] },
    })
    expect(steps).toEqual(['object-add', 'object-add', 'blockdev-add'])
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(await credentials(vm)).toEqual([])
  })

  test('is cut off from a server that hangs, and rid of the volume at the next reset', async () => {
    const vm = await startVm()
    onTestFinished(async () => void (await vm.kill()))
    const empty = await qemuDisks(vm.qmp)
    const server = await start(kinds.nbdkit())
    onTestFinished(() => server.stop())
    await vm.volumes.attach({ id: 'v', uri: server.uri, tls: { dir: certificates.own } })
    process.kill(server.pid, 'SIGSTOP')
    expect(await vm.volumes.detach('v', { waitMs: 100, force: true })).toMatchObject({ severed: true })
    expect(await credentials(vm)).toEqual(['tls-v'])
    const detached = vm.events({ names: ['VOLUME_DETACHED'], signal: AbortSignal.timeout(60_000) })
    await vm.reset()
    expect(await detached.next()).toMatchObject({ value: { data: { id: 'v' } } })
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(await credentials(vm)).toEqual([])
  })

  test('waits no longer than open-timeout for a server that goes silent in the TLS handshake', async () => {
    const vm = await startVm()
    onTestFinished(async () => void (await vm.kill()))
    const server = await start(kinds.nbdkit())
    onTestFinished(() => server.stop())
    const port = await silentFor(server, 2)
    const volume = { id: 'v', uri: `nbds://127.0.0.1:${port}`, tls: { dir: certificates.own } }
    await expect(vm.volumes.attach({ ...volume, openTimeoutSeconds: 1 })).rejects.toMatchObject({
      code: 'VOLUME_ATTACH_FAILED',
      details: { step: 'blockdev-add', leftovers: [] },
    })
    expect(await credentials(vm)).toEqual([])
    expect(await vm.discrepancies()).toEqual([])
  })
})

/** Stands before a server, and lets from this connection on nothing through that comes after its consent to TLS. */
async function silentFor({ address }: NbdServer, from: number): Promise<number> {
  if (address.type !== 'tcp') throw new Error('only for servers on TCP')
  const greetingAndConsent = 18 + 20
  const sockets = new Set<Socket>()
  let count = 0
  const relay = createServer((near) => {
    const allowed = ++count < from ? Number.POSITIVE_INFINITY : greetingAndConsent
    const far = connect(address.port, address.host)
    let passed = 0
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    near.pipe(far)
    far.on('data', (chunk) => {
      const part = chunk.subarray(0, Math.max(allowed - passed, 0))
      passed += part.length
      if (part.length > 0) near.write(part)
    })
    far.on('end', () => near.end())
  })
  const port = await freePort()
  await once(relay.listen(port, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    relay.close()
  })
  return port
}

test('a VM boots with limits from a disk whose server speaks TLS only', async () => {
  await using server = await start(kinds.nbdkit())
  const volume = { id: 'v', uri: server.uri, tls: { dir: certificates.own } }
  const limits = { bytesPerSecond: 1_000_000, burst: { bytesPerSecond: 2_000_000, seconds: 3 } }
  const config = { accelerator: 'tcg' as const, cpus: 1, memoryMiB: 64, volumes: [{ ...volume, limits }] }
  await using vm = await startVm({ name: freshName('b'), ...config }, { paused: true })
  expect(await credentials(vm)).toEqual(['tls-os'])
  expect(await vm.discrepancies()).toEqual([])
  const [disk] = await vm.qmp.execute('query-block')
  expect(disk?.inserted).toMatchObject({ bps: 1_000_000, bps_max: 2_000_000, bps_max_length: 3 })
})
