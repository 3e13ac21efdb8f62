import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CopyProgress,
  cloneVm,
  createTemplate,
  deleteTemplate,
  forkVm,
  inspectVm,
  killVm,
  listTemplates,
  type Vm,
} from 'qemu-launch'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../support/cli.ts'
import { runElsewhere } from '../support/elsewhere.ts'
import { testGuest } from '../support/guest.ts'
import { freshPath, guestAgent } from '../support/qemu.ts'
import {
  bareConfig,
  blankFile,
  bootGuest,
  connectConsole,
  failureOf,
  freshName,
  latch,
  type RunningGuest,
  startDisk,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()
const guest = testGuest('x86_64-generic')
// Of a busy host the kernel thinks that its timers are broken.
const append = `${guest.append} no_timer_check`
const disk = blankFile(8)
const volume = blankFile(4)
let source: RunningGuest

beforeAll(async () => {
  const whole = freshPath('i')
  writeFileSync(whole, Buffer.concat([readFileSync(guest.initrd), readFileSync(guestAgent().initramfs)]))
  source = await bootGuest({
    early: true,
    config: {
      kernel: { image: guest.kernel, initrd: whole, append },
      guestAgent: true,
      nics: [{ type: 'user', id: 'net0' }],
      vmGenId: 'auto',
      hotplugPorts: 3,
      drives: [{ id: 'os', source: { type: 'file', path: disk }, format: 'raw', serial: 'osdisk' }],
    },
  })
  await source.console.waitForReady({ timeoutMs: 180_000 })
  await source.console.check('/agent/run $(ls /dev/vport*)')
  await source.vm.guest.waitFor({ timeoutMs: 60_000 })
  await source.vm.volumes.attach({ id: 'data', uri: volume, format: 'raw' })
  await source.console.waitForDisk('data')
  await source.console.check('echo known >/tmp/known; echo before >/dev/vda; sync')
}, 240_000)

afterAll(() => source?.[Symbol.asyncDispose]())

const end = async (vm: Vm) => {
  await vm.kill()
  await killVm(vm.id, { stateDir })
}

/** How fast QEMU may send a state. */
const pace = async (vm: Vm) => (await vm.qmp.execute('query-migrate-parameters'))['max-bandwidth']

const address = 'cat /sys/class/net/eth0/address'

/** It knows what its source knew, writes disks of its own, and takes and gives volumes. */
async function expectOwn(vm: Vm, server: { readonly uri: string }): Promise<string> {
  using console = await connectConsole(vm)
  expect(await console.check('cat /tmp/known; head -c 6 /dev/vda')).toBe('known\nbefore')
  await console.check('echo changed >/dev/vda; sync')
  expect(await vm.volumes.list()).toMatchObject([{ id: 'os' }, { id: 'data', state: 'attached' }])
  expect(await vm.discrepancies()).toEqual([])
  const mac = await vm.qmp.execute('qom-get', { path: '/machine/peripheral/net0', property: 'mac' })
  expect(await console.check(address)).toBe(mac)
  expect(mac).not.toBe(await source.console.check(address))
  const own = await console.diskBySerial('data')
  await console.check(`echo own >/dev/${own}; sync`)
  await vm.volumes.attach({ id: 'more', uri: server.uri })
  await console.waitForDisk('more')
  for (const id of ['more', 'data']) {
    expect(await vm.volumes.detach(id)).toMatchObject({ outcome: 'detached' })
    await console.waitForDiskGone(id)
  }
  return await console.check('head -c 32 /dev/urandom | od -An -tx1')
}

async function outcomeOf(vm: Vm, server: { readonly uri: string }): Promise<string> {
  try {
    return await expectOwn(vm, server)
  } finally {
    await end(vm)
  }
}

test('a fork goes on beside its source with copies of the disks and the attached volumes, and so do clones of a template of it', async () => {
  await using server = await startDisk()
  const before = await pace(source.vm)
  const told: CopyProgress[] = []
  const nics = [{ type: 'user' as const, id: 'net1' }]
  const onProgress = (each: CopyProgress) => told.push(each)
  const fork = await source.vm.fork({ name: freshName('k'), nics }, { onProgress })
  expect(await pace(source.vm)).toBe(before)
  expect([...new Set(told.map(({ step }) => step))]).toEqual(['memory', 'disk', 'start'])
  const whole = told.findLast(({ step }) => step === 'memory')
  expect(whole).toEqual({ step: 'memory', bytes: expect.any(Number), totalBytes: expect.any(Number) })
  if (whole?.step !== 'memory') throw new Error('nothing was told of the memory')
  expect(whole.bytes).toBe(whole.totalBytes)
  expect(whole.totalBytes).toBeGreaterThanOrEqual(256 * 2 ** 20)
  const cards = [
    { id: 'net0', state: 'boot' },
    { id: 'net1', state: 'attached' },
  ]
  expect(await fork.nics.list()).toMatchObject(cards)
  const drawn = [await outcomeOf(fork, server)]
  const name = freshName('t')
  const { disks } = await createTemplate(name, source.vm)
  // The template has copies, and each clone stands on them.
  expect(disks.map(({ method }) => method)).toEqual(['overlay', 'overlay'])
  for (const _ of [1, 2]) {
    const clone = await cloneVm(name, { name: freshName('c') }, { stateDir })
    drawn.push(await outcomeOf(clone, server))
  }
  await deleteTemplate(name, { stateDir })
  expect(new Set(drawn).size).toBe(3)
  // The source has gone on, and nothing of it was changed.
  expect(source.vm.state).toBe('running')
  expect(await source.console.check('cat /tmp/known; head -c 6 /dev/vda')).toBe('known\nbefore')
  expect(readFileSync(volume).every((byte) => byte === 0)).toBe(true)
  await source.console.check('echo on >/dev/vda; sync')
  expect(await source.vm.volumes.detach('data')).toMatchObject({ outcome: 'detached' })
})

test('a VM with a writable NBD volume is not forked and goes on, and so does one whose fork fails', async () => {
  await using server = await startDisk()
  await source.vm.volumes.attach({ id: 'nbd', uri: server.uri })
  const refused = await failureOf(forkVm(source.vm, { name: freshName('k') }))
  expect(refused).toMatchObject({ code: 'VM_CONFIG', faults: [{ path: 'volumes[0]' }] })
  expect(await source.vm.volumes.detach('nbd')).toMatchObject({ outcome: 'detached' })
  const name = freshName('k')
  const twice = await failureOf(forkVm(source.vm, { name, nics: [{ type: 'user', id: 'net0' }] }))
  expect(twice).toMatchObject({ code: 'VM_DEVICE_EXISTS' })
  expect(await inspectVm(name, { stateDir })).toMatchObject({ state: 'absent' })
  const taken = await failureOf(forkVm(source.vm, { name: source.vm.id }))
  expect(taken).toMatchObject({ code: 'VM_EXISTS' })
  const late = await failureOf(forkVm(source.vm, { name: freshName('k') }, { timeoutMs: 1 }))
  expect(late).toMatchObject({
    code: 'VM_TIMEOUT',
    message: expect.stringContaining('not saved within 1 ms'),
  })
  expect(source.vm.state).toBe('running')
  expect(await source.console.check('echo there')).toBe('there')
})

test('a VM that started with a card of its own address is not forked, and is told what to do', async () => {
  const nics = [{ type: 'user' as const, id: 'net0', mac: '52:54:00:12:34:56' }]
  const vm = await startVm(bareConfig({ vmGenId: 'auto', nics }))
  try {
    const message = expect.stringContaining('should be left out when the VM starts. Attach such a card live')
    expect(await failureOf(vm.fork({ name: freshName('k') }))).toMatchObject({
      code: 'VM_CONFIG',
      faults: [{ path: 'nics[0].mac', message }],
    })
  } finally {
    await end(vm)
  }
})

test('two forks at once wait for each other; a fork that is aborted or comes into a backup lets its source go on', async () => {
  const forks = await Promise.all([1, 2].map(() => source.vm.fork({ name: freshName('k') })))
  try {
    for (const fork of forks) {
      using console = await connectConsole(fork)
      expect(await console.check('cat /tmp/known')).toBe('known')
    }
  } finally {
    for (const fork of forks) await end(fork)
  }
  const enough = new AbortController()
  const stop = source.vm.on('MIGRATION', ({ data }) => data.status === 'active' && enough.abort())
  const aborted = await failureOf(source.vm.fork({ name: freshName('k') }, { signal: enough.signal }))
  stop()
  expect(aborted).toMatchObject({ code: 'VM_ABORTED' })
  // No migration is under way that would stop it at its end.
  expect((await source.vm.qmp.execute('query-migrate')).status).toMatch(/^(?:cancelled|failed)$/)
  expect(source.vm.state).toBe('running')

  const begun = latch()
  source.vm.on('JOB_STATUS_CHANGE', ({ data }) => data.status === 'running' && begun.open())
  const target = join(testDirectory(), `${freshName('b')}.qcow2`)
  const ending = new AbortController()
  const backup = failureOf(
    source.vm.backups.create('os', { target, bytesPerSecond: 65_536, signal: ending.signal }),
  )
  await begun.opened
  expect(await failureOf(source.vm.fork({ name: freshName('k') }))).toMatchObject({
    code: 'VM_CONFIG',
    faults: [{ path: 'volumes', message: 'os is being backed up: repeat it when that is over' }],
  })
  ending.abort()
  expect(await backup).toMatchObject({ code: 'VOLUME_ABORTED' })
  expect(source.vm.state).toBe('running')
  expect(await source.console.check('echo there')).toBe('there')
})

test('a VM runs on when a process is killed that forks it, and can be forked again', async () => {
  const { id } = source.vm
  const program = `
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(id, { stateDir, owner: false })
    vm.on('MIGRATION', ({ data }) => data.status === 'active' && process.kill(process.pid, 'SIGKILL'))
    await vm.fork({ name: 'orphan' })
  `
  expect(await runElsewhere(program, { id, stateDir })).toBe('SIGKILL')
  expect(await source.console.check('echo there', { timeoutMs: 60_000 })).toBe('there')
  await until(() => source.vm.state === 'running')
  expect(await pace(source.vm)).toBe(128 * 2 ** 20)
  await end(await source.vm.fork({ name: freshName('k') }))
  expect(source.vm.state).toBe('running')
  expect(await listTemplates({ stateDir })).toEqual([])
})
