import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepRunning, reattachVm, type Vm, type VmConfigInput, type VmEvent } from 'qemu-launch'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sayingImage } from '../support/boot-sector.ts'
import { dying, runElsewhere } from '../support/elsewhere.ts'
import {
  attachmentsOf,
  bareConfig,
  blankFile,
  bootGuest,
  qemuDisks,
  readDisk,
  recorded,
  startDisk,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const id = 'vol-c'
const mib = 1024 * 1024
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')
/** On a busy host. */
const patient = { timeout: 60_000 }
const deadline = () => AbortSignal.timeout(60_000)
const cacheDirectory = () => mkdtempSync(join(testDirectory(), 'cache-'))
const ports = (): ReturnType<typeof bareConfig> => bareConfig({ hotplugPorts: 2 })

/** A VM without a guest, whose disks are read and written by QEMU itself. */
async function bareVm(): Promise<Vm> {
  const vm = await startVm(ports())
  onTestFinished(async () => {
    if (vm.state !== 'exited') await vm.kill()
  })
  return vm
}

/** Does I/O by the disk of the volume, as its guest would, with what QEMU wrote about it to its log. */
async function io(vm: Vm, command: string, volume = id): Promise<string> {
  const disk = `/machine/peripheral/vdisk-${volume}/virtio-backend`
  const before = readFileSync(vm.paths.log, 'utf8').length
  await vm.qmp.execute('human-monitor-command', { 'command-line': `qemu-io -d ${disk} "${command}"` })
  return readFileSync(vm.paths.log, 'utf8').slice(before)
}

test('a volume has a cache whose file has no name, and the server has what was written; it leaves nothing', async () => {
  await using server = await startDisk()
  const vm = await bareVm()
  const directory = cacheDirectory()
  const empty = await qemuDisks(vm.qmp)
  const limits = { operationsPerSecond: 100_000 }
  const spec = { id, uri: server.uri, limits, localCache: { directory, sizeMiB: 64 } }
  expect(await vm.volumes.attach(spec)).toMatchObject({ state: 'attached', cached: true, node: 'nbd-vol-c' })
  expect(readdirSync(directory)).toEqual([])
  expect(await vm.discrepancies()).toEqual([])
  expect(await io(vm, 'write -P 7 4k 64k')).toContain('wrote 65536/65536')
  expect(await io(vm, 'write -P 9 8k 512')).toContain('wrote 512/512')
  const disk = readDisk(server)
  expect([disk[4095], disk[4096], disk[8192], disk[8704]]).toEqual([0, 7, 9, 7])
  expect(await io(vm, 'read -P 9 8k 512')).toContain('read 512/512')
  expect(await io(vm, 'read -P 7 12k 4k')).toContain('read 4096/4096')
  await vm.volumes.throttle(id, {})
  await expect(vm.volumes.resize(id, 32 * mib)).rejects.toMatchObject({ code: 'VOLUME_CACHE' })
  // Nothing in this VM lets go of a disk.
  expect(await vm.volumes.detach(id, { waitMs: 100, force: true })).toMatchObject({
    outcome: 'pending',
    severed: true,
  })
  expect(await io(vm, 'write -P 1 0 4k')).toContain('failed')
  expect(readDisk(server).equals(disk)).toBe(true)
  const detached = vm.events({ names: ['VOLUME_DETACHED'], signal: deadline() })
  await vm.reset()
  expect(await detached.next()).toMatchObject({ value: { data: { id } } })
  expect(await qemuDisks(vm.qmp)).toEqual(empty)
  expect(recorded(vm)).toEqual([])
})

describe('a cache is refused, and nothing is left,', () => {
  const refused = async (uri: string, localCache: { directory: string; sizeMiB?: number }) => {
    const vm = await bareVm()
    const empty = await qemuDisks(vm.qmp)
    const error = await vm.volumes.attach({ id, uri, localCache }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'VOLUME_CACHE', details: { directory: localCache.directory } })
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(attachmentsOf(vm.paths)).toEqual([])
    return String(error)
  }

  test('of a server that does not say what others have written', async () => {
    await using server = await startDisk({
      plugin: 'memory',
      filters: ['multi-conn'],
      parameters: { size: '16M', 'multi-conn-mode': 'disable' },
    })
    const directory = cacheDirectory()
    expect(await refused(server.uri, { directory })).toContain('NBD_FLAG_CAN_MULTI_CONN')
    expect(readdirSync(directory)).toEqual([])
  })

  test('in a directory that is not there, is open to others, or has no room', async () => {
    await using server = await startDisk()
    await using huge = await startDisk({ plugin: 'memory', parameters: { size: '1P' } })
    const directory = cacheDirectory()
    expect(await refused(server.uri, { directory: join(directory, 'none') })).toContain('make the directory')
    expect(await refused(server.uri, { directory: '/tmp' })).toContain('may be written to by other users')
    expect(await refused(huge.uri, { directory })).toContain('say a smaller sizeMiB')
  })
})

test('an owner that dies while it attaches leaves no file of a cache behind', async () => {
  await using server = await startDisk()
  const vm = await bareVm()
  const empty = await qemuDisks(vm.qmp)
  const directory = cacheDirectory()
  const spec = { id, uri: server.uri, localCache: { directory } }
  await vm.leave()
  const program = `${dying}
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(name, { stateDir })
    await vm.volumes.attach(spec, dieAt(step, 'after'))
  `
  for (const [step, has] of [
    [0, false],
    [2, false],
    [3, true],
  ] as const) {
    const values = { stateDir: stateDirectory(), name: vm.id, spec, step }
    expect(await runElsewhere(program, values)).toBe('SIGKILL')
    expect(readdirSync(directory)).toHaveLength(1)
    const next = await reattachVm(vm.id, { stateDir: stateDirectory() })
    expect(readdirSync(directory)).toEqual([])
    expect(recorded(next)).toEqual(has ? [[id, 'attached']] : [])
    if (!has) expect(await qemuDisks(next.qmp)).toEqual(empty)
    else await next.kill()
    await next.leave().catch(() => {})
  }
  expect(readdirSync(directory)).toEqual([])
})

test('an owner that dies while it takes a full cache away leaves a VM that runs on without it', async () => {
  const path = blankFile(0)
  writeFileSync(path, randomBytes(32 * mib))
  await using server = await startDisk({ plugin: 'file', parameters: { file: path } })
  const vm = await bareVm()
  await vm.volumes.attach({
    ...{ id, uri: server.uri, onIoError: 'pause-and-resume' },
    localCache: { directory: cacheDirectory(), sizeMiB: 16 },
  })
  await vm.leave()
  const program = `
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(name, { stateDir })
    vm.on('STOP', () => process.kill(process.pid, 'SIGKILL'))
    const command = 'qemu-io -d /machine/peripheral/vdisk-vol-c/virtio-backend "read 0 24M"'
    await vm.qmp.execute('human-monitor-command', { 'command-line': command })
  `
  expect(await runElsewhere(program, { stateDir: stateDirectory(), name: vm.id })).toBe('SIGKILL')
  const events: VmEvent[] = []
  const next = await reattachVm(vm.id, {
    stateDir: stateDirectory(),
    onEvent: (event) => events.push(event),
  })
  await vi.waitFor(
    () => expect(events).toContainEqual(expect.objectContaining({ event: 'VOLUME_UNCACHED' })),
    patient,
  )
  expect(next.state).toBe('running')
  expect(await next.volumes.list()).toMatchObject([{ id: 'os' }, { id, cached: false }])
  expect(await next.discrepancies()).toEqual([])
  expect(await io(next, 'read 0 24M')).toContain('read 25165824/25165824')
  await next.kill()
})

test('a VM starts with caches of its boot disk, of a drive and of a data volume, loses them and nothing else, and has others after a crash', async () => {
  const root = sayingImage('booted', 'halts')
  appendFileSync(root, randomBytes(31 * mib))
  await using server = await startDisk()
  const directory = cacheDirectory()
  await using other = await startDisk()
  const source = { type: 'nbd', uri: other.uri } as const
  const config = bareConfig({
    drives: [{ id: 'disk', source, localCache: { directory, sizeMiB: 16 }, bootIndex: 2 }],
    volumes: [
      {
        ...{ id: 'root', role: 'boot', localCache: { directory, sizeMiB: 16 } },
        serve: { type: 'nbdkit', plugin: 'file', parameters: { file: root } },
      },
      {
        id,
        role: 'data',
        uri: server.uri,
        localCache: { directory },
        limits: { operationsPerSecond: 10_000 },
        latencyHistogram: { boundariesUs: [100, 1_000] },
      },
    ],
  })
  const events: VmEvent[] = []
  const supervisor = await keepRunning(config, {
    stateDir: stateDirectory(),
    restart: { backoff: { initialMs: 20 } },
    onEvent: (event) => events.push(event),
  })
  onTestFinished(async () => void (await supervisor.stop({ timeoutMs: 0 })))
  const expectCached = async (vm: Vm, root: boolean) => {
    expect(readdirSync(directory)).toEqual([])
    expect(await vm.discrepancies()).toEqual([])
    const volumes = await vm.volumes.list()
    expect(volumes[2]?.counters?.read.latency).toEqual({
      boundariesNs: [100_000, 1_000_000],
      counts: [0, 0, 0],
    })
    expect(volumes.map(({ cached, id, state }) => [id, state, cached])).toEqual([
      ['disk', 'attached', true],
      ['root', 'attached', root],
      [id, 'attached', true],
    ])
    await vi.waitFor(() => expect(readFileSync(vm.paths.consoleLog, 'latin1')).toContain('booted'), patient)
  }
  const vm = supervisor.current
  await expectCached(vm, true)
  expect(await io(vm, 'write -P 7 4k 64k')).toContain('wrote 65536/65536')
  expect(readDisk(server)[4096]).toBe(7)
  expect(await io(vm, 'write -P 5 4k 64k', 'disk')).toContain('wrote 65536/65536')
  expect(await io(vm, 'read -P 5 8k 4k', 'disk')).toContain('read 4096/4096')
  expect(readDisk(other)[4096]).toBe(5)
  for (const staying of ['root', 'disk'])
    await expect(vm.volumes.detach(staying)).rejects.toMatchObject({ code: 'VOLUME_NOT_REMOVABLE' })
  expect(await io(vm, 'read 1M 24M', 'root')).toContain('read 25165824/25165824')
  await vi.waitFor(
    () => expect(events).toContainEqual(expect.objectContaining({ event: 'VOLUME_UNCACHED' })),
    patient,
  )
  await expectCached(vm, false)
  process.kill(vm.pid, 'SIGKILL')
  await vi.waitFor(() => expect(supervisor.current.pid).not.toBe(vm.pid), patient)
  await expectCached(supervisor.current, true)
  expect(await io(supervisor.current, 'read -P 5 4k 64k', 'disk')).toContain('read 65536/65536')
  await supervisor.stop({ timeoutMs: 0 })
  expect(readdirSync(directory)).toEqual([])
})

describe('a VM does not start with a cache, and nothing is left,', () => {
  const refused = async (uri: string, directory: string) => {
    const volumes: VmConfigInput['volumes'] = [{ id: 'root', uri, localCache: { directory } }]
    const config = bareConfig({ drives: [], volumes })
    const error = await startVm(config).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'VM_LAUNCH',
      cause: { code: 'VOLUME_CACHE', details: { directory } },
    })
    expect(readdirSync(stateDirectory())).not.toContain(config.name)
    return String(error)
  }

  test('of a server that does not say what others have written', async () => {
    const parameters = { size: '16M', 'multi-conn-mode': 'disable' }
    await using server = await startDisk({ plugin: 'memory', filters: ['multi-conn'], parameters })
    const directory = cacheDirectory()
    expect(await refused(server.uri, directory)).toContain('NBD_FLAG_CAN_MULTI_CONN')
    expect(readdirSync(directory)).toEqual([])
  })

  test('in a directory that is not there, or has no room', async () => {
    await using huge = await startDisk({ plugin: 'memory', parameters: { size: '1P' } })
    const directory = cacheDirectory()
    expect(await refused(huge.uri, join(directory, 'none'))).toContain('make the directory')
    expect(await refused(huge.uri, directory)).toContain('say a smaller sizeMiB')
    expect(readdirSync(directory)).toEqual([])
  })
})

test('a process that dies while QEMU starts leaves no file of a cache to the next owner', async () => {
  await using server = await startDisk()
  const directory = cacheDirectory()
  const binary = join(testDirectory(), 'orphaning-qemu')
  const kill = 'case "$*" in *guest=*) kill -9 $PPID;; esac'
  writeFileSync(binary, `#!/bin/sh\n${kill}\nexec qemu-system-x86_64 "$@"\n`, { mode: 0o755 })
  const volumes: VmConfigInput['volumes'] = [{ id, role: 'data', uri: server.uri, localCache: { directory } }]
  const config = bareConfig({ binary, volumes })
  const values = { stateDir: stateDirectory(), config }
  const program = `
    import { launchVm } from 'qemu-launch'
    await launchVm(config, { stateDir })
  `
  expect(await runElsewhere(program, values)).toBe('SIGKILL')
  expect(readdirSync(directory)).toHaveLength(1)
  const found = await vi.waitFor(() => reattachVm(config.name, { stateDir: stateDirectory() }), patient)
  expect(readdirSync(directory)).toEqual([])
  expect(await found.volumes.list()).toMatchObject([{ id: 'os' }, { id, cached: true }])
  await found.kill()
})

test('a cache that is full is taken away, the guest sees no error, and QEMU may die: nothing confirmed is lost', async () => {
  const path = blankFile(64)
  await using server = await startDisk({ plugin: 'file', parameters: { file: path } })
  const bytes = randomBytes(32 * mib)
  const fullPath = blankFile(0)
  writeFileSync(fullPath, bytes)
  await using full = await startDisk({ plugin: 'file', parameters: { file: fullPath } })
  const directory = cacheDirectory()
  await using first = await startDisk()
  const source = { type: 'nbd', uri: first.uri } as const
  const drives = [{ id: 'vol-a', source, localCache: { directory } }]
  await using guest = await bootGuest({ config: { hotplugPorts: 3, drives } })
  const { console, vm } = guest
  const drive = await console.waitForDisk('vola')
  await console.check(`echo drive | dd of=/dev/${drive} bs=4k conv=sync oflag=direct 2>/dev/null`)
  expect(await console.check(`dd if=/dev/${drive} bs=4k count=1 iflag=direct 2>/dev/null | head -c 5`)).toBe(
    'drive',
  )
  expect(readDisk(first).toString('latin1', 0, 5)).toBe('drive')
  await vm.volumes.attach({ id, uri: server.uri, localCache: { directory, sizeMiB: 16 } })
  const disk = await console.waitForDisk('volc')
  const uncached = vm.events({ names: ['VOLUME_UNCACHED'], signal: deadline() })
  const fill = `for i in $(seq 0 31); do dd if=/tmp/r of=/dev/${disk} bs=64k seek=$((i*16)) oflag=direct 2>/dev/null || echo failed; done`
  const sum = (
    await console.check(`dd if=/dev/urandom of=/tmp/r bs=1M count=1 2>/dev/null; ${fill}; md5sum </tmp/r`, {
      timeoutMs: 60_000,
    })
  ).split(' ')[0]
  expect(await uncached.next()).toMatchObject({ value: { data: { id } } })
  const listed = (await vm.volumes.list()).find((volume) => volume.id === id)
  expect(listed).toMatchObject({ cached: false, node: 'alt-vol-c', state: 'attached' })
  expect(vm.state).toBe('running')
  expect(await vm.discrepancies()).toEqual([])
  expect(
    await console.check(`dd if=/dev/${disk} bs=1M skip=31 count=1 iflag=direct 2>/dev/null | md5sum`),
  ).toBe(`${sum}  -`)
  await vm.volumes.resize(id, 64 * mib)
  // The same by reads alone, for which QEMU does not stop the VM.
  await vm.volumes.attach({ id: 'vol-d', uri: full.uri, localCache: { directory, sizeMiB: 16 } })
  const other = await console.waitForDisk('vold')
  const read = await console.check(`dd if=/dev/${other} bs=1M count=32 iflag=direct 2>/dev/null | md5sum`)
  expect(read).toBe(`${md5(bytes)}  -`)
  expect(await uncached.next()).toMatchObject({ value: { data: { id: 'vol-d' } } })
  expect(vm.state).toBe('running')
  await console.check(`dd if=/tmp/r of=/dev/${other} bs=1M oflag=direct 2>/dev/null`)
  await vm.kill()
  const whole = readFileSync(path)
  for (let at = 0; at < 32 * mib; at += mib) expect(md5(whole.subarray(at, at + mib))).toBe(sum)
  expect(readdirSync(directory)).toEqual([])
})
