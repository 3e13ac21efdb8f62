import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { inspectVm, launchVm, listVms, type VmConfigInput, VmLaunchError, type VmPaths } from 'qemu-launch'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  bareConfig,
  blankFile,
  freshName,
  isRunning,
  recorded,
  socketsBelow,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const directoryOf = ({ name }: VmConfigInput) => join(stateDirectory(), name)

/** A program that stands in for QEMU. It writes its pid to `pidFile` before all else. */
function fakeQemu(script: string) {
  const binary = join(testDirectory(), freshName('fake'))
  const pidFile = `${binary}.pid`
  writeFileSync(binary, `#!/bin/sh\necho $$ >${pidFile}.tmp; mv ${pidFile}.tmp ${pidFile}\n${script}\n`, {
    mode: 0o755,
  })
  return { binary, pidFile, pid: () => Number(readFileSync(pidFile, 'utf8')) }
}

async function takenPort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('a launch that fails', () => {
  const missing = '/nonexistent/disk.img'
  const failures: [string, () => Promise<Partial<VmConfigInput>>, RegExp][] = [
    ['a device with an option it does not have', async () => ({ rawDevices: ['VGA,no-such=1'] }), /no-such/],
    [
      'an image that does not exist',
      async () => ({ drives: [{ id: 'os', source: { type: 'file', path: missing }, format: 'raw' }] }),
      /disk\.img/,
    ],
    [
      'a port that is taken',
      async () => {
        const forward = { hostAddress: '127.0.0.1', hostPort: await takenPort(), guestPort: 22 }
        return { nics: [{ type: 'user', id: 'net0', hostForwards: [forward] }] }
      },
      /Could not set up host forwarding rule/,
    ],
  ]

  test.each(failures)(
    'tells the command, the status and the last words, and leaves nothing: %s',
    async (_what, make, words) => {
      const config = bareConfig(await make())
      const started = performance.now()
      const error = await launchVm(config, { stateDir: stateDirectory() }).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(VmLaunchError)
      expect(error).toMatchObject({
        code: 'VM_LAUNCH',
        exit: { exitCode: 1 },
        log: expect.stringMatching(words),
        message: expect.stringMatching(words),
        argv: expect.arrayContaining(['qemu-system-x86_64', '-m']),
        details: { vm: config.name, exit: { exitCode: 1 }, leftovers: [] },
      })
      // Long before a QEMU that is silent is given up.
      expect(performance.now() - started).toBeLessThan(20_000)
      expect(existsSync(directoryOf(config))).toBe(false)
    },
  )

  test('when there is no such program', async () => {
    const config = bareConfig({ binary: '/nonexistent/qemu' })
    await expect(startVm(config)).rejects.toMatchObject({
      code: 'VM_LAUNCH',
      message: expect.stringContaining('/nonexistent/qemu'),
      cause: { code: 'PROCESS_SPAWN' },
      argv: expect.arrayContaining(['/nonexistent/qemu']),
    })
    expect(existsSync(directoryOf(config))).toBe(false)
  })

  test('when it greets and then dies', async () => {
    const greeting =
      '{"QMP":{"version":{"qemu":{"micro":0,"minor":2,"major":7},"package":""},"capabilities":[]}}'
    const { binary } = fakeQemu(
      `printf '%s\\r\\n' '${greeting}' >&3; sleep 0.2; echo 'my last words' >&2; exit 7`,
    )
    const config = bareConfig({ binary })
    await expect(startVm(config)).rejects.toMatchObject({
      code: 'VM_LAUNCH',
      exit: { exitCode: 7 },
      log: 'my last words',
    })
    expect(existsSync(directoryOf(config))).toBe(false)
  })

  test('when it does not answer in time', async () => {
    const { binary, pid } = fakeQemu('exec sleep 100')
    const config = bareConfig({ binary })
    await expect(startVm(config, { timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'VM_LAUNCH',
      message: expect.stringContaining('QEMU did not answer within 2000 ms'),
    })
    expect(isRunning(pid())).toBe(false)
    expect(existsSync(directoryOf(config))).toBe(false)
  })

  test('when it is given up in the middle', async () => {
    const { binary, pid, pidFile } = fakeQemu('exec sleep 100')
    const config = bareConfig({ binary })
    const giveUp = new AbortController()
    const launch = startVm(config, { signal: giveUp.signal })
    const failed = expect(launch).rejects.toMatchObject({ code: 'VM_ABORTED' })
    await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 60_000 })
    giveUp.abort()
    await failed
    expect(isRunning(pid())).toBe(false)
    expect(existsSync(directoryOf(config))).toBe(false)
  })

  test('when it was given up before it began', async () => {
    const config = bareConfig()
    await expect(startVm(config, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'VM_ABORTED',
    })
    expect(existsSync(directoryOf(config))).toBe(false)
  })

  test('when it is given up while another one of its name is under way', async () => {
    const { binary, pidFile } = fakeQemu('exec sleep 100')
    const config = bareConfig({ binary })
    const [first, second] = [new AbortController(), new AbortController()]
    const launch = startVm(config, { signal: first.signal })
    launch.catch(() => {})
    await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 60_000 })
    const waiting = startVm(config, { signal: second.signal })
    second.abort(new Error('enough'))
    await expect(waiting).rejects.toMatchObject({ code: 'VM_ABORTED', details: { vm: config.name } })
    first.abort()
    await expect(launch).rejects.toMatchObject({ code: 'VM_ABORTED' })
  })

  test('with every fault of the config at once, before anything is made', async () => {
    const config = { name: freshName('bad'), cpus: 0, memoryMiB: 'much', colour: 'red' }
    // @ts-expect-error the compiler refuses it too
    await expect(launchVm(config, { stateDir: stateDirectory() })).rejects.toMatchObject({
      code: 'VM_CONFIG',
      faults: expect.arrayContaining([
        expect.objectContaining({ path: 'cpus' }),
        expect.objectContaining({ path: 'memoryMiB' }),
        expect.objectContaining({ path: 'colour' }),
      ]),
    })
    expect(existsSync(join(stateDirectory(), config.name))).toBe(false)
  })
})

describe('a name', () => {
  test('is one VM: a second launch says who has it', async () => {
    const config = bareConfig()
    const [first, second] = await Promise.allSettled([startVm(config), startVm(config)])
    const [vm] = [first, second].flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const [error] = [first, second].flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(error).toMatchObject({ code: 'VM_EXISTS', details: { vm: config.name, pid: vm?.pid } })
    expect(vm?.state).toBe('running')
    await vm?.kill()
  })

  test('can be had again after its VM was killed, whose directory tells how it ended until then', async () => {
    const config = bareConfig()
    const stateDir = stateDirectory()
    const first = await startVm(config)
    await first.kill()
    expect(await inspectVm(config.name, { stateDir })).toMatchObject({
      state: 'exited',
      alive: false,
      exit: { reason: 'killed', clean: false },
    })
    expect(socketsBelow(first.paths.dir)).toEqual([])
    const second = await startVm(config)
    expect(second.pid).not.toBe(first.pid)
    expect(await inspectVm(config.name, { stateDir })).toMatchObject({ state: 'alive', pid: second.pid })
    await second.shutdown({ timeoutMs: 0 })
    expect(await inspectVm(config.name, { stateDir })).toMatchObject({ state: 'absent' })
  })

  test('can be had again when what is left of it makes no sense', async () => {
    const config = bareConfig()
    await mkdir(directoryOf(config), { recursive: true })
    writeFileSync(join(directoryOf(config), 'state.json'), '{"version": 1, "id"')
    expect(await inspectVm(config.name, { stateDir: stateDirectory() })).toMatchObject({ state: 'broken' })
    const vm = await startVm(config)
    expect(recorded(vm)).toEqual([])
    await vm.kill()
  })

  test.each([
    ['a file', () => blankFile()],
    ['in a file', () => join(blankFile(), 'vms')],
    ['where none can be made', () => '/proc/1/vms'],
  ])('is refused in a state directory that is none: %s', async (what, place) => {
    const stateDir = place()
    const refused = { code: 'VM_STATE', details: { stateDir } }
    await expect(launchVm(bareConfig(), { stateDir })).rejects.toMatchObject(refused)
    if (what === 'where none can be made') expect(await listVms({ stateDir })).toEqual([])
    else await expect(listVms({ stateDir })).rejects.toMatchObject(refused)
  })

  test('that is too long for its sockets is refused before anything is made', async () => {
    const stateDir = join(stateDirectory(), 'x'.repeat(80))
    await expect(launchVm(bareConfig(), { stateDir })).rejects.toMatchObject({ code: 'VM_STATE' })
    expect(existsSync(stateDir)).toBe(false)
  })
})

test('many VMs start at once, are listed, and end together', async () => {
  const stateDir = join(stateDirectory(), 'many')
  const vms = await Promise.all(
    Array.from({ length: 6 }, () => launchVm(bareConfig(), { stateDir, paused: true })),
  )
  const found = await listVms({ stateDir })
  expect(found.map(({ id }) => id)).toEqual(vms.map(({ id }) => id).sort())
  expect(found.every(({ state }) => state === 'alive')).toBe(true)
  await Promise.all(vms.map((vm) => vm.shutdown()))
  expect(await listVms({ stateDir })).toEqual([])
})

test('what is in a VM’s directory is nobody else’s to read', async () => {
  const vm = await startVm()
  const { statSync } = await import('node:fs')
  const mode = (path: string) => statSync(path).mode & 0o777
  const keys: (keyof VmPaths)[] = ['dir', 'state', 'log']
  expect(keys.map((key) => mode(vm.paths[key]))).toEqual([0o700, 0o600, 0o600])
  await vm.kill()
})
