import { readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { inspectVm, keepRunning, launchVm, reattachVm, type VmConfigInput } from 'qemu-launch'
import type { NbdServer } from 'qemu-launch/volumes'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { startElsewhere, wordsUntilKilled } from '../support/elsewhere.ts'
import {
  bareConfig,
  blankFile,
  freshName,
  isRunning,
  recorded,
  startDisk,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()

/**
 * Keeps a VM running that has its config's volume `data` but no more its volume `gone`, and two with servers of their own; then
 * the VM is killed. The program counts what it does of a restart, each before and after: files removed, records written, QEMU
 * started, commands sent. It kills itself at the n-th of these, or the first that is called so, or at the end.
 */
const mortal = `
  import child_process from 'node:child_process'
  import fs from 'node:fs'
  import { syncBuiltinESMExports } from 'node:module'
  import net from 'node:net'
  let count
  const die = () => process.kill(process.pid, 'SIGKILL')
  const step = (what) => {
    if (count === undefined || (++count !== at && what !== at)) return
    fs.writeSync(1, what)
    die()
  }
  const wrap = (object, name, label) => {
    const real = object[name]
    object[name] = function (...args) {
      const what = label(...args)
      if (what === undefined) return real.apply(this, args)
      step('before ' + what)
      const result = real.apply(this, args)
      step('after ' + what)
      return result
    }
  }
  wrap(fs, 'renameSync', (_from, to) => (to.endsWith('state.json') ? 'record' : undefined))
  wrap(fs.promises, 'rm', () => 'rm')
  wrap(child_process, 'spawn', () => 'spawn')
  // What the guest does not see of a disk leaves in one write, under the name of its first command.
  wrap(net.Socket.prototype, 'write', (data) => /"execute":"(object-add|device_add|cont)"/.exec(String(data))?.[1])
  syncBuiltinESMExports()
  const { keepRunning, launchVm } = await import('qemu-launch')
  const { startServer } = await import('qemu-launch/volumes')
  // No guest has to let go of a disk before it has begun.
  const vm = await launchVm(config, { stateDir, paused: true })
  await vm.volumes.detach('gone')
  await vm.resume()
  await vm.detach()
  const supervisor = await keepRunning(config, { stateDir, restart: { backoff: { initialMs: 0 } } })
  const { volumes } = supervisor.current
  for (const [id, file] of Object.entries(files)) {
    const server = await startServer({ type: 'nbdkit', plugin: 'file', parameters: { file } }, { stateDir: servers })
    await volumes.attach({ id, uri: server.uri }, { server })
  }
  const events = supervisor.events()
  count = 0
  process.kill(supervisor.current.pid, 'SIGKILL')
  for await (const { event } of events) {
    if (event !== 'VM_RESTARTED') continue
    fs.writeSync(1, event)
    die()
  }
`

let data: NbdServer
let gone: NbdServer

beforeAll(async () => {
  data = await startDisk()
  gone = await startDisk()
})

afterAll(async () => {
  await data.stop()
  await gone.stop()
})

function makeConfig(): VmConfigInput {
  const volumes: VmConfigInput['volumes'] = [
    { id: 'gone', uri: gone.uri, role: 'data' },
    { id: 'data', uri: data.uri, role: 'data' },
  ]
  return bareConfig({ volumes })
}

/** Runs the program, and tells where it died. */
async function dieRestarting(config: VmConfigInput, at: number | string) {
  const servers = testDirectory(freshName('k'))
  const files = { a: blankFile(), b: blankFile() }
  const where = await wordsUntilKilled(
    startElsewhere(mortal, { stateDir, config, servers, files, at }, 'pipe'),
  )
  return { where, servers }
}

const recordOf = (config: VmConfigInput) =>
  JSON.parse(readFileSync(join(stateDir, config.name, 'state.json'), 'utf8'))

/** The QEMUs of a VM. */
const qemusOf = (name: string) =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isRunning(pid) && commandLine(pid).includes(`guest=${name},`))

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** The next supervisor has the VM with all its volumes, and nothing beside; when it is stopped nothing is left. */
async function expectRestored(config: VmConfigInput, servers: string, where: string): Promise<void> {
  const warnings: string[] = []
  const supervisor = await keepRunning(config, { stateDir, onWarning: (text) => warnings.push(text) })
  onTestFinished(async () => void (await supervisor.stop({ timeoutMs: 0 })))
  const vm = supervisor.current
  expect(warnings, where).toEqual([])
  expect((await vm.qmp.execute('query-status')).status, where).toBe('running')
  const listed = (await vm.volumes.list()).map(({ id, state }) => `${id} ${state}`).sort()
  expect(listed, where).toEqual(['a attached', 'b attached', 'data attached', 'os boot'])
  expect(await vm.discrepancies(), where).toEqual([])
  const record = recordOf(config)
  expect(record.begins, where).toBeUndefined()
  const phases = record.attachments.map(({ phase }: { phase: string }) => phase)
  expect(phases, where).toEqual(['attached', 'attached', 'attached'])
  expect(readdirSync(servers), where).toHaveLength(2)
  expect(qemusOf(config.name), where).toEqual([vm.pid])
  await supervisor.stop({ timeoutMs: 0 })
  expect(readdirSync(servers), where).toEqual([])
  expect(qemusOf(config.name), where).toEqual([])
}

test('a supervisor that dies at any step of a restart loses no volume', { timeout: 600_000 }, async () => {
  const seen: string[] = []
  let next = 1
  let restarted = false
  const worker = async () => {
    while (!restarted) {
      const at = next++
      const config = makeConfig()
      const { where, servers } = await dieRestarting(config, at)
      if (where === 'VM_RESTARTED') restarted = true
      seen.push(where)
      await expectRestored(config, servers, `${at} ${where}`)
    }
  }
  await Promise.all([worker(), worker()])
  // What is done beside the others has no fixed number: a step that was missed so is met by its name.
  const steps = ['record', 'spawn', 'object-add', 'device_add', 'cont']
  for (const step of steps.flatMap((what) => [`before ${what}`, `after ${what}`])) {
    if (seen.includes(step)) continue
    const config = makeConfig()
    const { where, servers } = await dieRestarting(config, step)
    expect(where).toBe(step)
    await expectRestored(config, servers, step)
  }
})

/** Where the config's own disk is. */
function bootFile({ drives: [drive] = [] }: VmConfigInput): string {
  return drive?.source?.type === 'file' ? drive.source.path : ''
}

test.each(['before rm', 'before spawn'])(
  'a VM whose owner dies %s loses no volume by restarts that fail',
  async (at) => {
    const config = makeConfig()
    const path = bootFile(config)
    const { servers, where } = await dieRestarting(config, at)
    expect(where).toBe(at)
    renameSync(path, `${path}.away`)
    for (let time = 0; time < 2; time++)
      await expect(keepRunning(config, { stateDir })).rejects.toMatchObject({ code: 'VM_LAUNCH' })
    expect(await inspectVm(config.name, { stateDir })).toMatchObject({ state: 'exited' })
    expect(readdirSync(servers)).toHaveLength(2)
    renameSync(`${path}.away`, path)
    await expectRestored(config, servers, 'after failures')
  },
)

test('the next owner finishes a restart that was interrupted', async () => {
  const config = makeConfig()
  const { servers, where } = await dieRestarting(config, 'before device_add')
  expect(where).toBe('before device_add')
  const vm = await reattachVm(config.name, { stateDir })
  onTestFinished(async () => void (await vm.kill()))
  expect(vm.state).toBe('running')
  expect(recorded(vm).map(([id]) => id)).toEqual(['data', 'a', 'b'])
  expect(await vm.discrepancies()).toEqual([])
  await vm.shutdown({ timeoutMs: 0 })
  expect(readdirSync(servers)).toEqual([])
})

test('servers of queued volumes end with what is left of the VM', async () => {
  const config = makeConfig()
  const { servers, where } = await dieRestarting(config, 'before device_add')
  expect(where).toBe('before device_add')
  expect(readdirSync(servers)).toHaveLength(2)
  const [qemu = 0] = qemusOf(config.name)
  process.kill(qemu, 'SIGKILL')
  await vi.waitFor(() => expect(isRunning(qemu)).toBe(false), { timeout: 60_000 })
  await using vm = await launchVm(config, { stateDir })
  expect(recorded(vm).map(([id]) => id)).toEqual(['gone', 'data'])
  expect(readdirSync(servers)).toEqual([])
  await vm.shutdown({ timeoutMs: 0 })
})
