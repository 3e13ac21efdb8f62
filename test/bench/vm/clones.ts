import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { cloneDisk, cloneVm, createTemplate, launchVm, type Vm, VmPool } from '../../../dist/index.js'
import { testGuest } from '../../support/guest.ts'
import { GuestConsole } from '../../support/guest-console.ts'
import type { Bench } from '../bench.ts'
import { type Goal, interleave, type Row, summarize } from '../rounds.ts'
import { median } from '../statistics.ts'
import { BareMonitor, bytesOf } from './bare.ts'

const template = 'bench'
let made = 0

/** What one VM cost: until QEMU ran it, until its shell answered, and memory in MiB. */
interface Start {
  readonly runningMs: number
  readonly shellMs: number
  readonly pssMiB: number
  readonly privateMiB: number
}

/** Clones of a guest that is up, beside the same guest booted, and beside the bare commands. */
export const cloneRows = (directory: string): Bench => ({
  name: 'clone.',
  async run(quick) {
    const stateDir = join(directory, 'clones')
    mkdirSync(stateDir, { mode: 0o700 })
    await createTemplate(template, config(template), { stateDir, ready: { text: 'GUEST READY' } })
    const clone = () => cloneVm(template, { name: `c${++made}` }, { stateDir })
    const cold = () => launchVm(config(`b${++made}`), { stateDir })
    const first = await clone()
    const { argv }: { argv: string[] } = JSON.parse(readFileSync(first.paths.state, 'utf8'))
    const room = first.paths.dir
    await end(first)
    const bare = () => bareClone(argv, room, join(stateDir, '.templates', template, 'state'))
    const running = await interleave(
      new Map([
        ['ours', () => timeToRunning(clone)],
        ['floor', bare],
      ]),
      quick ? 3 : 15,
    )
    const one = await interleave(
      new Map([
        ['ours', () => start(clone, true)],
        ['floor', () => start(cold, false)],
      ]),
      quick ? 2 : 5,
    )
    const clones = await together(10, clone, true)
    const boots = await together(10, cold, false)
    const [ours = [], floor = []] = [one.get('ours'), one.get('floor')]
    const many = [
      ...['| VMs | | shell, ms | PSS, MiB | private dirty, MiB |', '|---|---|---|---|---|'],
      ...[row(1, 'clones', ours), row(1, 'cold boots', floor)],
      ...[row(10, 'clones', clones), row(10, 'cold boots', boots)],
      row(50, 'clones', await together(50, clone, true)),
      ...(quick ? [] : [row(50, 'cold boots', await together(50, cold, false))]),
    ]
    const of = (
      goal: Goal,
      ours: readonly Start[],
      floor: readonly Start[],
      cost: (start: Start) => number,
    ) =>
      summarize(
        goal,
        new Map([
          ['ours', ours.map(cost)],
          ['floor', floor.map(cost)],
        ]),
      )
    const shell = { name: 'clone.shell', unit: 'ms', target: 0.1, note: booted, table: many.join('\n') }
    const memory = { unit: 'MiB', target: 0.25, note: sideBySide }
    return [
      summarize({ name: 'clone.running', unit: 'ms', target: 1.1, note: barely }, running),
      of(shell, ours, floor, (each) => each.shellMs),
      of({ name: 'clone.pss', ...memory }, clones, boots, (each) => each.pssMiB),
      of({ name: 'clone.private-dirty', ...memory }, clones, boots, (each) => each.privateMiB),
      await acquireRow(stateDir, quick),
      await overlayRow(directory, quick),
    ]
  },
})

const barely = 'The floor starts the same words, with the bare commands over an inherited socket.'
const booted = 'The floor is the same guest booted.'
const sideBySide = 'Each of ten side by side; the floor is ten of the same guest booted.'

function config(name: string) {
  const { append, initrd, kernel } = testGuest()
  return {
    name,
    accelerator: 'tcg' as const,
    cpu: 'max',
    cpus: 2,
    memoryMiB: 256,
    // Of a busy host the kernel thinks that its timers are broken.
    kernel: { image: kernel, initrd, append: `${append} no_timer_check` },
  }
}

async function end(vm: Vm): Promise<void> {
  await vm.kill()
  rmSync(vm.paths.dir, { recursive: true, force: true })
}

async function timeToRunning(make: () => Promise<Vm>): Promise<number> {
  const begun = performance.now()
  const vm = await make()
  const spent = performance.now() - begun
  await end(vm)
  return spent
}

async function start(make: () => Promise<Vm>, isUp: boolean): Promise<Start> {
  const { vm, ...found } = await startOne(make, isUp)
  await end(vm)
  return found
}

async function startOne(make: () => Promise<Vm>, isUp: boolean) {
  const begun = performance.now()
  const vm = await make()
  const runningMs = performance.now() - begun
  using console = GuestConsole.attach(connect(vm.paths.console))
  // A guest that boots says when it is ready, and takes no command before.
  if (!isUp) await console.waitForReady({ ask: false, timeoutMs: 300_000 })
  await console.check('true', { timeoutMs: 300_000 })
  const shellMs = performance.now() - begun
  return { vm, runningMs, shellMs, ...memoryOf(vm) }
}

/** Many at once: what each took from the common beginning, and its memory while all stand. */
async function together(count: number, make: () => Promise<Vm>, isUp: boolean): Promise<Start[]> {
  const begun = performance.now()
  const vms = await Promise.all(
    Array.from({ length: count }, async () => {
      const { vm, runningMs } = await startOne(make, isUp)
      return { vm, runningMs, shellMs: performance.now() - begun }
    }),
  )
  const found = vms.map(({ vm, ...times }) => ({ ...times, ...memoryOf(vm) }))
  await Promise.all(vms.map(({ vm }) => end(vm)))
  return found
}

function row(count: number, what: string, starts: readonly Start[]): string {
  const middle = (cost: (start: Start) => number) => Math.round(median(starts.map(cost)))
  return `| ${count} | ${what} | ${middle((each) => each.shellMs)} | ${middle((each) => each.pssMiB)} | ${middle((each) => each.privateMiB)} |`
}

function memoryOf({ pid }: Vm) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const mib = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / 1024
  return { pssMiB: mib('Pss'), privateMiB: mib('Private_Dirty') }
}

const capabilities = {
  capabilities: [
    { capability: 'x-ignore-shared', state: true },
    { capability: 'events', state: true },
  ],
}

/** The words of a clone, started by hand: spawn until QEMU runs the guest. */
async function bareClone(argv: readonly string[], room: string, state: string): Promise<number> {
  mkdirSync(room)
  const begun = performance.now()
  const [binary = '', ...args] = argv
  const log = openSync(join(room, 'qemu.log'), 'a', 0o600)
  const file = openSync(state, 'r')
  const child = spawn(binary, args, { stdio: ['ignore', log, log, 'pipe', file], detached: true })
  closeSync(log)
  closeSync(file)
  using monitor = await BareMonitor.over(
    child.stdio[3] as Duplex,
    bytesOf({ execute: 'migrate-set-capabilities', arguments: capabilities }),
  )
  // setup, active, completed
  const loaded = monitor.events(3)
  await monitor.send(bytesOf({ execute: 'migrate-incoming', arguments: { uri: 'fd:4' } }))
  await loaded
  await monitor.send(bytesOf({ execute: 'cont' }))
  const spent = performance.now() - begun
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
  rmSync(room, { recursive: true })
  return spent
}

async function acquireRow(stateDir: string, quick: boolean): Promise<Row> {
  await using pool = await VmPool.open(template, { stateDir, size: 3, keepFreeMiB: 0 })
  const full = async () => {
    while (pool.metrics.ready < 3) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const ways = new Map([
    [
      'ours',
      async () => {
        await full()
        return timeToRunning(() => pool.acquire())
      },
    ],
    [
      'floor',
      async () => {
        await full()
        const vm = await cloneVm(template, { name: `c${++made}` }, { stateDir, paused: true })
        using monitor = await BareMonitor.over(connect(vm.paths.monitor))
        const begun = performance.now()
        await monitor.send(bytesOf({ execute: 'cont' }))
        const spent = performance.now() - begun
        await end(vm)
        return spent
      },
    ],
  ])
  const note = 'The floor is a bare cont. The target is of what a pool takes beside it.'
  return summarize(
    { name: 'clone.pool-acquire', unit: 'ms', target: 15, bound: 'excess', note },
    await interleave(ways, quick ? 3 : 15),
  )
}

async function overlayRow(directory: string, quick: boolean): Promise<Row> {
  const disk = join(directory, 'disk.img')
  execFileSync('dd', ['if=/dev/urandom', `of=${disk}`, 'bs=1M', 'count=512', 'status=none'])
  const way = (method: 'overlay' | 'copy') => async () => {
    const target = join(directory, `d${++made}`)
    const begun = performance.now()
    await cloneDisk(disk, target, { method })
    const spent = performance.now() - begun
    rmSync(target)
    return spent
  }
  const note = 'A disk of 512 MiB in memory; the floor is a full copy.'
  const ways = new Map([
    ['ours', way('overlay')],
    ['floor', way('copy')],
  ])
  const results = await interleave(ways, quick ? 2 : 5)
  rmSync(disk)
  return summarize({ name: 'clone.overlay', unit: 'ms', target: 0.1, note }, results)
}
