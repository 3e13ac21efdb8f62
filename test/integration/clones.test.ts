import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  cloneVm,
  createTemplate,
  deleteTemplate,
  inspectVm,
  killVm,
  listTemplates,
  reattachVm,
  type Vm,
  type VmConfigInput,
} from 'qemu-launch'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cli, cliJson, jsonFile, runs, startCli, stateOf, until } from '../support/cli.ts'
import { testGuest } from '../support/guest.ts'
import {
  bareConfig,
  blankFile,
  connectConsole,
  failureOf,
  freshName,
  guestConfig,
  startDisk,
  stateDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()
const template = 'warm'
const files = join(stateDir, '.templates', template)
const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
const disk = blankFile(8)
const clonesMade = process.env.QEMU_LAUNCH_LONG === '1' ? 50 : 4

// Debian's cloud kernel has no driver of vmgenid, its generic one has.
const guest = testGuest('x86_64-generic')
// Of a busy host the kernel thinks that its timers are broken.
const append = `${guest.append} no_timer_check`
const config = (): VmConfigInput =>
  guestConfig({
    kernel: { image: guest.kernel, initrd: guest.initrd, append },
    drives: [{ id: 'os', source: { type: 'file', path: disk }, format: 'raw', serial: 'osdisk' }],
    hotplugPorts: 3,
    nics: [{ type: 'user', id: 'net0' }],
  })

const ready = { text: 'GUEST READY' }
const clone = (name = freshName('c')) => cloneVm(template, { name }, { stateDir })

/** What all clones read. */
const sums = () => ['memory', 'state', 'disks/0'].map((name) => hash(join(files, name)))

let before: string[] = []

beforeAll(async () => {
  const made = await createTemplate(template, config(), { stateDir, ready, timeoutMs: 400_000 })
  const disks = [{ path: 'drives[0]', method: 'overlay' }]
  expect(made).toMatchObject({ name: template, memoryMiB: 256, disks, vms: [] })
  expect(made.machine).toMatch(/^pc-q35-/)
  before = sums()
}, 420_000)

afterAll(async () => {
  await deleteTemplate(template, { stateDir })
  expect(existsSync(files)).toBe(false)
})

test('a clone goes on where its template stood, takes a volume in and lets it go, and writes its own disk', async () => {
  await using server = await startDisk()
  const vm = await clone()
  try {
    expect(vm.state).toBe('running')
    using console = await connectConsole(vm)
    expect(await console.check('echo here')).toBe('here')
    await vm.volumes.attach({ id: 'data', uri: server.uri })
    const name = await console.waitForDisk('data')
    await console.check(`echo hello >/dev/${name}`)
    expect(await vm.discrepancies()).toEqual([])
    expect(await vm.volumes.detach('data')).toMatchObject({ outcome: 'detached' })
    await console.waitForDiskGone('data')
    const own = await console.diskBySerial('osdisk')
    await console.check(`echo mine >/dev/${own}; sync`)
    expect(await console.check(`head -c 4 /dev/${own}`)).toBe('mine')
  } finally {
    await vm.kill()
    await killVm(vm.id, { stateDir })
  }
  expect(sums()).toEqual(before)
  expect(readFileSync(disk).every((byte) => byte === 0)).toBe(true)
})

test('a clone is prepared before it is handed out', async () => {
  const name = freshName('c')
  const prepare = async (vm: Vm) => {
    using console = await connectConsole(vm)
    await console.check(`hostname ${name}`)
  }
  const vm = await cloneVm(template, { name }, { stateDir, prepare })
  try {
    using console = await connectConsole(vm)
    expect(await console.check('hostname')).toBe(name)
  } finally {
    await vm.kill()
  }
})

test('two clones draw different random numbers, and each has its own of all that the host sees', async () => {
  const vms = await Promise.all([clone(), clone()])
  try {
    const drawn = await Promise.all(
      vms.map(async (vm) => {
        using console = await connectConsole(vm)
        const card = '/sys/class/net/eth0/address'
        await console.check(`until [ -e ${card} ]; do sleep 0.05; done`)
        return [
          await console.check('head -c 32 /dev/urandom | od -An -tx1'),
          await console.check(`cat ${card}`),
        ]
      }),
    )
    expect(new Set(drawn.flat()).size).toBe(4)
    const cards = await Promise.all(vms.map((vm) => vm.nics.list()))
    expect(cards.flat().map(({ mac }) => mac)).toEqual(drawn.map(([, mac]) => mac))
    const ids = await Promise.all(vms.map((vm) => vm.qmp.execute('query-vm-generation-id')))
    expect(ids[0]?.guid).not.toBe(ids[1]?.guid)
    expect(new Set(vms.flatMap(({ paths, pid }) => [paths.dir, paths.console, String(pid)])).size).toBe(6)
  } finally {
    for (const vm of vms) await vm.kill()
  }
})

test(
  'many clones leave the files of their template as they were',
  async () => {
    const vms: Vm[] = []
    try {
      for (let index = 0; index < clonesMade; index++) vms.push(await clone())
      for (const vm of vms) {
        using console = await connectConsole(vm)
        // Writes into memory and onto the disk.
        await console.check(`dd if=/dev/urandom of=/tmp/f bs=1M count=8; sync`, { timeoutMs: 600_000 })
      }
    } finally {
      for (const vm of vms) await vm.kill()
    }
    expect(sums()).toEqual(before)
  },
  300_000 + clonesMade * 15_000,
)

test('a clone is reattached by another process as any VM, and its template is not deleted while it runs', async () => {
  const first = await clone()
  await first.detach()
  const refused = await failureOf(deleteTemplate(template, { stateDir }))
  expect(refused).toMatchObject({ code: 'VM_TEMPLATE_IN_USE', details: { vms: [first.id] } })
  expect(await listTemplates({ stateDir })).toMatchObject([{ name: template, vms: [first.id] }])
  const vm = await reattachVm(first.id, { stateDir })
  using console = await connectConsole(vm)
  expect(await console.check('echo again')).toBe('again')
  await vm.kill()
  await killVm(vm.id, { stateDir })
  expect(await inspectVm(vm.id, { stateDir })).toMatchObject({ state: 'absent' })
})

test('a clone that is paused waits for resume, and powers down as any VM', async () => {
  const vm = await cloneVm(template, { name: freshName('c') }, { stateDir, paused: true })
  expect(vm.state).toBe('paused')
  await vm.resume()
  using console = await connectConsole(vm)
  await console.check('true')
  expect(await vm.shutdown()).toMatchObject({ reason: 'guest-shutdown' })
})

test('a clone whose preparation fails, or is aborted, is gone, and so is one whose state cannot be loaded', async () => {
  const name = freshName('c')
  const stop = new AbortController()
  const prepare = async () => {
    stop.abort()
    throw new Error('no host name')
  }
  const { signal } = stop
  const failed = await failureOf(cloneVm(template, { name }, { stateDir, prepare, signal }))
  expect(failed).toMatchObject({ message: 'no host name' })
  expect(await inspectVm(name, { stateDir })).toMatchObject({ state: 'absent' })
  const path = join(files, 'state')
  const whole = readFileSync(path)
  writeFileSync(path, whole.subarray(0, whole.length / 2))
  const broken = await failureOf(cloneVm(template, { name }, { stateDir }))
  writeFileSync(path, whole)
  expect(broken).toMatchObject({ code: 'VM_LAUNCH' })
  expect(await inspectVm(name, { stateDir })).toMatchObject({ state: 'absent' })
})

describe('a template is refused to', () => {
  const record = join(files, 'template.json')
  const changed = async (change: (found: Record<string, unknown>) => void) => {
    const text = readFileSync(record, 'utf8')
    const found = JSON.parse(text)
    change(found)
    writeFileSync(record, JSON.stringify(found))
    return failureOf(clone()).finally(() => writeFileSync(record, text))
  }

  test.each([
    ['another QEMU', { qemu: '6.0.0 (Debian)' }],
    ['another host', { host: 'elsewhere' }],
    [
      'who has changed the disk below',
      { bases: [{ path: '/etc/hostname', size: 1, modifiedMs: 1, inode: 1 }] },
    ],
  ])('%s', async (_whom, fields) => {
    expect(await changed((found) => Object.assign(found, fields))).toMatchObject({
      code: 'VM_TEMPLATE_MISMATCH',
    })
  })

  test('a name that is taken, and an impossible name', async () => {
    const again = createTemplate(template, config(), { stateDir, ready })
    expect(await failureOf(again)).toMatchObject({ code: 'VM_TEMPLATE_EXISTS' })
    for (const name of ['none', '../x', '.templates']) {
      expect(await failureOf(cloneVm(name, { name: 'x' }, { stateDir }))).toMatchObject({
        code: 'VM_TEMPLATE_NOT_FOUND',
      })
    }
  })
})

test('what cannot be cloned is refused by name, before anything is started', async () => {
  await using server = await startDisk()
  const odd = bareConfig({
    drives: [{ id: 'os', source: { type: 'nbd', uri: server.uri } }],
    volumes: [{ id: 'data', uri: server.uri, role: 'data' }],
    nics: [{ type: 'tap', id: 'net0', ifname: 'tap0', mac: '52:54:00:12:34:56' }],
    memory: { balloon: true },
  })
  const error = await failureOf(createTemplate('odd', odd, { stateDir, ready }))
  expect(error).toMatchObject({
    code: 'VM_CONFIG',
    faults: ['drives[0]', 'volumes[0]', 'nics[0].mac', 'nics[0]', 'memory.balloon'].map((path) => ({ path })),
  })
})

test('a template whose making fails, or whose maker is killed, leaves nothing', async () => {
  const templates = join(stateDir, '.templates')
  const late = createTemplate('late', config(), { stateDir, ready: { text: 'NEVER SAID' }, timeoutMs: 500 })
  expect(await failureOf(late)).toMatchObject({ code: 'VM_TIMEOUT', details: { template: 'late' } })
  expect(readdirSync(templates)).toEqual([template])

  const { name } = config()
  const file = jsonFile({ ...config(), name })
  const words = ['template', 'create', 'dead', file, '--ready-text', 'NEVER SAID']
  await using maker = startCli(words, { env: { QEMU_LAUNCH_STATE_DIR: stateDir } })
  const pidFile = join(templates, 'dead.making', 'vm', name, 'qemu.pid')
  await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n'), maker.err)
  const pid = Number(readFileSync(pidFile, 'utf8'))
  expect(runs(pid)).toBe(true)
  maker.child.kill('SIGKILL')
  // QEMU ends with the thread that started it, a moment before the rest of that process.
  await maker.result
  await until(() => !runs(pid))
  expect(await listTemplates({ stateDir })).toMatchObject([{ name: template }])
  expect(readdirSync(templates)).toEqual([template])
})

test('the command makes a template, clones it, lists and deletes it', async () => {
  const file = jsonFile({ ...config(), drives: [] })
  const made = await cli(['template', 'create', 'small', file, '--ready-text', 'GUEST READY'])
  expect(made).toMatchObject({
    code: 0,
    out: 'the template small is made: qemu-launch clone small <new-vm>\n',
  })
  const name = freshName('c')
  expect(await cliJson('clone', 'small', name)).toMatchObject({
    id: name,
    state: 'running',
    template: 'small',
  })
  expect(await cliJson('template', 'list')).toMatchObject([{ name: 'small', memoryMiB: 256, vms: [name] }])
  expect(await cli(['template', 'delete', 'small'])).toMatchObject({ code: 1 })
  expect(await stateOf(name)).toBe('running')
  expect(await cli(['kill', name])).toMatchObject({ code: 0 })
  expect(await cli(['template', 'delete', 'small'])).toMatchObject({ code: 0 })
  expect(await cli(['clone', 'small', name])).toMatchObject({ code: 3 })
  expect(await cli(['template', 'create', 'small', file])).toMatchObject({ code: 2 })
})
