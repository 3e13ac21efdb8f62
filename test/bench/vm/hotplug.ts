import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { launchVm, planAttach, planDetach, type QmpCommand, type Vm } from '../../../dist/index.js'
import { startNbdkit } from '../../../dist/volumes/index.js'
import { testGuest } from '../../support/guest.ts'
import { GuestConsole } from '../../support/guest-console.ts'
import type { Bench } from '../bench.ts'
import { type Goal, interleave, type Row, summarize } from '../rounds.ts'
import { median } from '../statistics.ts'
import { BareMonitor, bytesOf } from './bare.ts'
import { openLibvirt } from './libvirt.ts'

const volumes = 24
const together = 12
const vcpus = 2
/** After it the guest is done with the disk before, for which it holds QEMU's lock. */
const restMs = 50

/** What one way of plugging costs, in ms; index 0 is the first volume of the machine. */
interface Cycle {
  /** Each volume, one by one, up to the last port. */
  readonly attach: number[]
  /** The last twelve in one go. */
  readonly attachTogether: number
  readonly detachTogether: number
  /** Twelve, one by one: from the request to the end of everything, and the guest's own share of it. */
  readonly detach: { readonly total: number; readonly release: number }[]
}

/** One way to plug a volume in and out; `detach` resolves with the moment the guest was asked, and the moment it let go. */
interface Plug {
  attach(indices: readonly number[]): Promise<void>
  detach(indices: readonly number[]): Promise<{ readonly asked: number; readonly released: number }>
}

/** The rows of attach and detach, measured in one run on one guest. */
export const hotplugRows = (directory: string): Bench => ({
  name: 'attach. detach.',
  async run(quick) {
    await using server = await startNbdkit({ plugin: 'memory', parameters: { size: '64M' } })
    const guest = testGuest()
    await using vm = await launchVm(
      {
        name: 'bench',
        accelerator: 'tcg',
        cpu: 'max',
        cpus: vcpus,
        memoryMiB: 256,
        hotplugPorts: volumes,
        kernel: { image: guest.kernel, initrd: guest.initrd, append: guest.append },
      },
      { stateDir: join(directory, 'vms') },
    )
    try {
      using console = GuestConsole.attach(connect(vm.paths.console))
      await console.waitForReady()
      using bare = await BareMonitor.over(connect(vm.paths.monitor))
      const ways = new Map([
        ['ours', () => cycle(ourPlug(vm, server.uri, bare))],
        ['floor', () => cycle(barePlug(bare, server.uri))],
      ])
      const results = await interleave(ways, quick ? 2 : 9)
      return rows(results, await virsh(quick ? 2 : 9))
    } finally {
      await vm.kill()
    }
  },
})

async function cycle(plug: Plug): Promise<Cycle> {
  const all = Array.from({ length: volumes }, (_, index) => index)
  const last = all.slice(-together)
  const attach: number[] = []
  for (const index of all) {
    await sleep(restMs)
    attach.push(await timed(() => plug.attach([index])))
  }
  const detachTogether = await timed(() => plug.detach(last))
  const attachTogether = await timed(() => plug.attach(last))
  await plug.detach(last)
  const detach: Cycle['detach'] = []
  for (const index of all.slice(0, together)) {
    const start = performance.now()
    const { asked, released } = await plug.detach([index])
    detach.push({ total: performance.now() - start, release: released - asked })
  }
  return { attach, attachTogether, detachTogether, detach }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const idOf = (index: number) => `vol-${index + 1}`
const specOf = (index: number, uri: string) => ({ id: idOf(index), uri, bus: `hotplug${index + 1}` })

function ourPlug(vm: Vm, uri: string, watch: BareMonitor): Plug {
  return {
    attach: async (indices) => {
      await Promise.all(indices.map((index) => vm.volumes.attach(specOf(index, uri))))
    },
    detach: async (indices) => {
      let asked = 0
      const onStep = ({ execute }: QmpCommand) => {
        if (execute === 'device_del') asked = performance.now()
      }
      const released = watch.deleted(...indices.map((index) => `vdisk-${idOf(index)}`))
      await Promise.all(indices.map((index) => vm.volumes.detach(idOf(index), { onStep })))
      return { asked, released: await released }
    },
  }
}

/** The same commands as bytes made beforehand: each after the answer to the one before, volumes side by side in one write. */
function barePlug(monitor: BareMonitor, uri: string): Plug {
  const attach = Array.from({ length: volumes }, (_, index) =>
    planAttach(specOf(index, uri), { vcpus }).map(bytesOf),
  )
  const detach = Array.from({ length: volumes }, (_, index) => planDetach(idOf(index)).map(bytesOf))
  const inOneWrite = (commands: readonly Buffer[]) => monitor.send(Buffer.concat(commands), commands.length)
  return {
    attach: async (indices) => {
      const plans = indices.map((index) => attach[index] ?? [])
      if (plans.length > 1) return inOneWrite(plans.flat())
      for (const command of plans.flat()) await monitor.send(command)
    },
    detach: async (indices) => {
      const plans = indices.map((index) => detach[index] ?? [])
      const released = monitor.deleted(...indices.map((index) => `vdisk-${idOf(index)}`))
      const asked = performance.now()
      await inOneWrite(plans.map(([ask]) => ask ?? Buffer.of()))
      const moment = await released
      if (plans.length > 1) await inOneWrite(plans.flatMap(([, ...rest]) => rest))
      else for (const command of plans.flatMap(([, ...rest]) => rest)) await monitor.send(command)
      return { asked, released: moment }
    },
  }
}

const apart = ' virsh is measured after the rounds, on a guest of its own.'

function rows(
  results: ReadonlyMap<string, readonly Cycle[]>,
  libvirt: { attach?: number[]; detach?: number[] },
): Row[] {
  const ours = results.get('ours') ?? []
  const floor = results.get('floor') ?? []
  const row = (
    goal: Goal,
    cost: (cycle: Cycle) => number,
    against: (cycle: Cycle) => number = cost,
    whose = floor,
    peers: [string, number[]][] = [],
  ) => summarize(goal, new Map([['ours', ours.map(cost)], ['floor', whose.map(against)], ...peers]))
  const { attach, detach } = libvirt
  const part = (from: number, to: number) => (cycle: Cycle) => median(cycle.attach.slice(from, to))
  const release = (cycle: Cycle) => median(cycle.detach.map((one) => one.release))
  const total = (cycle: Cycle) => median(cycle.detach.map((one) => one.total))
  const oneByOne = (cycle: Cycle) => cycle.detach.reduce((sum, one) => sum + one.total, 0)
  return [
    row(
      {
        name: 'attach.one',
        unit: 'ms',
        target: 1.05,
        note: `From rest, each.${attach === undefined ? '' : apart}`,
      },
      part(0, 6),
      part(0, 6),
      floor,
      [...(attach === undefined ? [] : [['virsh attach-device', attach] as [string, number[]]])],
    ),
    row({ name: 'attach.19th-to-24th', unit: 'ms', target: 1.05 }, part(18, 24)),
    row(
      {
        name: 'attach.growth',
        unit: 'x',
        target: 1.1,
        note: 'The last six of 24 volumes against the first six; the floor is QEMU’s own growth.',
      },
      (cycle) => part(18, 24)(cycle) / part(0, 6)(cycle),
    ),
    row({ name: 'attach.twelve-together', unit: 'ms', target: 1.05 }, (cycle) => cycle.attachTogether),
    row(
      {
        name: 'detach.one',
        unit: 'ms',
        target: 5,
        bound: 'excess',
        note: `The floor is the guest’s own share of the same detach: from device_del to DEVICE_DELETED.${detach === undefined ? '' : apart}`,
      },
      total,
      release,
      ours,
      [
        ['bare commands', floor.map(total)],
        ...(detach === undefined ? [] : [['virsh detach-device', detach] as [string, number[]]]),
      ],
    ),
    row(
      {
        name: 'detach.twelve-together',
        unit: 'ms',
        target: 0.65,
        note: 'The floor is the same twelve one by one, by us, later in the same cycle.',
      },
      (cycle) => cycle.detachTogether,
      oneByOne,
      ours,
      [['bare commands', floor.map((cycle) => cycle.detachTogether)]],
    ),
  ]
}

/** libvirt's own way, on a guest of its own: `virsh detach-device` returns when the guest has let go, or after 5 s. */
async function virsh(rounds: number): Promise<{ attach?: number[]; detach?: number[] }> {
  await using libvirt = await openLibvirt()
  return libvirt === undefined ? {} : await libvirt.plug(rounds)
}
