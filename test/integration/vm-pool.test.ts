import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { context, trace } from '@opentelemetry/api'
import { NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node'
import {
  createTemplate,
  deleteTemplate,
  killVm,
  launchMany,
  listTemplates,
  listVms,
  type Vm,
  VmPool,
  type VmPoolOptions,
} from 'qemu-launch'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startCli, until } from '../support/cli.ts'
import { startElsewhere } from '../support/elsewhere.ts'
import { testGuest } from '../support/guest.ts'
import { random } from '../support/random.ts'
import {
  bareConfig,
  connectConsole,
  failureOf,
  freshName,
  guestConfig,
  stateDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()
const template = 'pooled'
const taken: Vm[] = []

const open = (options: Partial<VmPoolOptions> = {}) =>
  VmPool.open(template, { stateDir, size: 2, keepFreeMiB: 64, ...options })
const full = (pool: VmPool, count = 2) =>
  until(
    () => pool.metrics.ready === count,
    () => JSON.stringify(pool.metrics),
    60_000,
  )
const alive = async () => (await listVms({ stateDir })).filter((vm) => vm.alive).map(({ id }) => id)

/** Counts the launches of this process from here on: all of them, and the most at one moment. */
function countLaunches(): { all: number; most: number } {
  const counts = { all: 0, most: 0 }
  const running = new Set<unknown>()
  const counter: SpanProcessor = {
    onStart: (span) => {
      if (span.name !== 'launch') return
      counts.all++
      counts.most = Math.max(counts.most, running.add(span).size)
    },
    onEnd: (span) => void running.delete(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  new NodeTracerProvider({ spanProcessors: [counter] }).register()
  onTestFinished(() => {
    trace.disable()
    context.disable()
  })
  return counts
}

beforeAll(async () => {
  const { append, initrd, kernel } = testGuest()
  // Of a busy host the kernel thinks that its timers are broken.
  const config = guestConfig({ kernel: { image: kernel, initrd, append: `${append} no_timer_check` } })
  await createTemplate(template, config, { stateDir, ready: { text: 'GUEST READY' }, timeoutMs: 200_000 })
}, 240_000)

afterEach(async () => {
  for (const vm of taken.splice(0)) {
    await vm.kill()
    await killVm(vm.id, { stateDir })
  }
  expect(await alive()).toEqual([])
})

afterAll(() => deleteTemplate(template, { stateDir }))

test('a pool fills itself, hands out a clone that runs, fills up again, and leaves no other when it is closed', async () => {
  expect(await failureOf(open({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'VM_ABORTED' })
  const pool = await open()
  await full(pool)
  const vm = await pool.acquire()
  taken.push(vm)
  expect(vm.state).toBe('running')
  using console = await connectConsole(vm)
  expect(await console.check('echo here')).toBe('here')
  await full(pool)
  expect(pool.metrics).toMatchObject({ hits: 1, misses: 0, lost: 0 })
  expect(await alive()).toHaveLength(3)
  await pool.close()
  expect(await alive()).toEqual([vm.id])
  expect(await failureOf(pool.acquire())).toMatchObject({ code: 'VM_POOL_CLOSED' })
})

test('the command hands out a clone for each line, and kills the others at the end of its input and by a signal', async () => {
  const words = ['--state-dir', stateDir, '--json', 'pool', template, '--size', '1']
  const documents = (out: string) =>
    out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  await using first = startCli(words)
  first.child.stdin.end('\n\n')
  const { code, err, out } = await first.result
  expect(code, err).toBe(0)
  const two = documents(out)
  expect(two).toMatchObject([
    { state: 'running', template },
    { state: 'running', template },
  ])
  expect((await alive()).sort()).toEqual(two.map(({ id }) => id).sort())
  for (const { id } of two) await killVm(id, { stateDir })

  await using second = startCli(words)
  second.child.stdin.write('\n')
  await until(() => second.out().includes('\n'))
  const [{ id }] = documents(second.out())
  await until(async () => (await alive()).length === 2)
  second.child.kill('SIGTERM')
  expect(await second.result).toMatchObject({ code: 0, err: '' })
  expect(await alive()).toEqual([id])
  await killVm(id, { stateDir })
})

test('more at once than there are: the rest is started for who asks, and each gets one of its own', async () => {
  await using pool = await open({ size: 1 })
  await full(pool, 1)
  taken.push(...(await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])))
  expect(new Set(taken.map(({ pid }) => pid)).size).toBe(3)
  expect(pool.metrics).toMatchObject({ hits: 1, misses: 2 })
})

test('a pool fills up again after a preparation that fails', async () => {
  const prepare = async () => {
    throw new Error('no host name')
  }
  await using pool = await open({ size: 1, prepare })
  await full(pool, 1)
  expect(await failureOf(pool.acquire())).toMatchObject({ message: 'no host name' })
  await full(pool, 1)
  expect(pool.metrics).toMatchObject({ hits: 0, lost: 0 })
})

test('a pool that is closed while one is started for itself and one for a caller fails that caller, and leaves nothing to the next pool', async () => {
  await using pool = await open({ size: 1 })
  await full(pool, 1)
  taken.push(await pool.acquire())
  const asked = failureOf(pool.acquire())
  expect(pool.metrics).toMatchObject({ starting: 2, misses: 1 })
  await pool.close()
  await using next = await open({ size: 1 })
  expect(await asked).toMatchObject({ code: 'VM_POOL_CLOSED' })
  await full(next, 1)
  expect(await alive()).toHaveLength(2)
})

test('a clone that dies while it is ready is replaced, and a clone that stands still is not handed out', async () => {
  const faults: unknown[] = []
  await using pool = await open({ onFault: (error) => faults.push(error) })
  await full(pool)
  const [first = ''] = await alive()
  await killVm(first, { stateDir }).catch(() => {})
  await until(() => pool.metrics.lost === 1)
  await full(pool)
  expect(faults).toMatchObject([{ code: 'VM_NOT_RUNNING' }])
  // Nothing of the dead clone is left when another one has taken its place. Other tests have left VMs here, too.
  const listed = await listVms({ stateDir })
  expect(listed.map(({ id }) => id)).not.toContain(first)
  const found = listed.filter(({ alive, id }) => alive && id.startsWith(`${template}-`))
  expect(found).toHaveLength(2)
  for (const { pid = 0 } of found) process.kill(pid, 'SIGSTOP')
  const vm = await pool.acquire()
  taken.push(vm)
  expect(found.map(({ pid }) => pid)).not.toContain(vm.pid)
  expect(pool.metrics.lost).toBe(3)
})

test('a clone that stands still while it waits is found out and replaced', async () => {
  const faults: unknown[] = []
  await using pool = await open({ size: 1, checkMs: 3_000, onFault: (error) => faults.push(error) })
  await full(pool, 1)
  const [{ id = '', pid = 0 } = {}] = (await listVms({ stateDir })).filter((vm) => vm.alive)
  process.kill(pid, 'SIGSTOP')
  await until(() => pool.metrics.lost === 1, undefined, 60_000)
  await full(pool, 1)
  expect(faults).toMatchObject([{ code: 'QMP_TIMEOUT' }])
  expect(await alive()).not.toContain(id)
})

test('a pool starts two clones at a time when two is its limit, starts none while its callers start two, and fills up', async () => {
  const launches = countLaunches()
  await using pool = await open({ size: 5, startsAtOnce: 2 })
  await full(pool, 5)
  expect(launches).toEqual({ all: 5, most: 2 })
  taken.push(...(await Promise.all(Array.from({ length: 7 }, () => pool.acquire()))))
  expect(pool.metrics).toMatchObject({ hits: 5, misses: 2 })
  await full(pool, 5)
  // While two are started for callers the pool starts none.
  expect(launches).toEqual({ all: 12, most: 2 })
})

test('with less memory than it has to leave free a pool starts only what is asked for, and one whose template is gone says so', async () => {
  const launches = countLaunches()
  await using pool = await open({ keepFreeMiB: 2 ** 40 })
  taken.push(await pool.acquire())
  expect(pool.metrics).toMatchObject({ ready: 0, misses: 1 })
  expect(launches.all).toBe(1)
  expect(await failureOf(VmPool.open('none', { stateDir, size: 1 }))).toMatchObject({
    code: 'VM_TEMPLATE_NOT_FOUND',
  })
  expect(await failureOf(open())).toMatchObject({ code: 'VM_LOCKED' })
})

test('when the process with the pool is killed, the next one takes its clones up, counts a clone that it cannot kill, and leaves alone what was handed out', async () => {
  const program = `
    import { VmPool } from 'qemu-launch'
    const pool = await VmPool.open(template, { stateDir, size: 2, keepFreeMiB: 64 })
    const wait = async () => { while (pool.metrics.ready < 2) await new Promise((resolve) => setTimeout(resolve, 20)) }
    await wait()
    const vm = await pool.acquire()
    await wait()
    process.stdout.write(vm.id)
    setInterval(() => {}, 1000)
  `
  const daemon = startElsewhere(program, { template, stateDir }, 'pipe')
  const [chunk] = await once(daemon.stdout ?? daemon, 'data')
  const id = String(chunk)
  daemon.kill('SIGKILL')
  await once(daemon, 'exit')
  const before = await alive()
  expect(before).toHaveLength(3)
  expect(await listTemplates({ stateDir })).toMatchObject([{ vms: before }])
  const [held = '', other = ''] = before.filter((each) => each !== id)
  const holding = `
    import { reattachVm } from 'qemu-launch'
    await reattachVm(held, { stateDir })
    process.stdout.write('.')
    process.kill(process.pid, 'SIGSTOP')
  `
  const holder = startElsewhere(holding, { held, stateDir }, 'pipe')
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout ?? holder, 'data')
  const faults: unknown[] = []
  await using pool = await open({ onFault: (error) => faults.push(error) })
  // What cannot be killed has a place in the pool.
  expect(pool.metrics).toMatchObject({ ready: 1, starting: 0, ending: 1 })
  await until(() => faults.length > 0, undefined, 60_000)
  expect(faults).toMatchObject([{ code: 'VM_LOCKED', details: { vm: held, pid: holder.pid } }])
  const vm = await pool.acquire()
  taken.push(vm)
  expect(vm.id).toBe(other)
  await full(pool, 1)
  holder.kill('SIGKILL')
  await full(pool)
  expect(pool.metrics).toMatchObject({ hits: 1, ending: 0 })
  await pool.close()
  expect((await alive()).toSorted()).toEqual([id, vm.id].toSorted())
  await killVm(id, { stateDir })
})

const kills = process.env.QEMU_LAUNCH_LONG === '1' ? 40 : 2

test(
  `whenever the process with the pool is killed, ${kills} times, the next one has all of it, and nothing is left`,
  async () => {
    const seed = Number(process.env.QEMU_LAUNCH_SEED ?? Date.now() % 2 ** 31)
    const below = random(seed)
    const program = `
      import { VmPool } from 'qemu-launch'
      const pool = await VmPool.open(template, { stateDir, size: 3, startsAtOnce: 2, keepFreeMiB: 64 })
      process.stdout.write('.')
      for (;;) await (await pool.acquire()).kill()
    `
    for (let round = 0; round < kills; round++) {
      const daemon = startElsewhere(program, { template, stateDir }, 'pipe')
      await once(daemon.stdout ?? daemon, 'data')
      await sleep(below(1500))
      daemon.kill('SIGKILL')
      await once(daemon, 'exit')
      await (await open()).close()
      // It may have been killed when it had handed one out.
      const rest = await alive()
      expect(rest.length, `seed ${seed}, round ${round}`).toBeLessThanOrEqual(1)
      for (const id of rest) {
        expect(readFileSync(join(stateDir, id, 'state.json'), 'utf8')).not.toContain('"pool"')
        await killVm(id, { stateDir })
      }
    }
  },
  300_000 + kills * 40_000,
)

test('many VMs are launched a few at a time; a VM that fails is told, and the others run', async () => {
  const names = [1, 2, 3, 4].map(() => freshName('m'))
  const configs = names.map((name, index) =>
    index === 1 ? bareConfig({ name, machine: 'nonesuch' }) : bareConfig({ name }),
  )
  const seen: string[] = []
  const launches = countLaunches()
  const outcomes = await launchMany(configs, {
    stateDir,
    atOnce: 2,
    onOutcome: ({ name }) => seen.push(name),
  })
  taken.push(...outcomes.flatMap(({ vm }) => vm ?? []))
  expect(outcomes.map(({ name }) => name)).toEqual(names)
  expect(seen.toSorted()).toEqual(names.toSorted())
  expect(launches).toEqual({ all: 4, most: 2 })
  expect(outcomes.map(({ error }) => (error as { code?: string } | undefined)?.code)).toEqual([
    undefined,
    'VM_UNSUPPORTED',
    undefined,
    undefined,
  ])
  const aborted = await launchMany([bareConfig()], { stateDir, signal: AbortSignal.abort() })
  expect(aborted).toMatchObject([{ error: { code: 'VM_ABORTED' } }])
})
