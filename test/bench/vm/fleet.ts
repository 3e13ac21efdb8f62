import { execFile } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { launchVm } from '../../../dist/index.js'
import type { Bench } from '../bench.ts'
import { type Goal, interleave, type Row, summarize } from '../rounds.ts'

const run = promisify(execFile)
const worker = fileURLToPath(new URL('fleet-worker.ts', import.meta.url))
const sizes = [1, 16, 64, 256]
const startersAtOnce = 4

/** What a fresh process found: milliseconds, and what each VM costs it in memory. */
export interface Reattached {
  readonly ms: number
  readonly memoryKiB: number
}

/** What a process saw while all its VMs emitted at once. */
export interface Emitted {
  readonly ms: number
  readonly replyUs: number
}

export interface FleetTask {
  readonly kind: 'reattach' | 'events'
  readonly variant: 'ours' | 'floor'
  readonly stateDir: string
  readonly ids: readonly string[]
}

/** Running QEMUs without a machine, left alone by who started them. */
export function fleetRows(directory: string): Bench[] {
  return [
    {
      name: 'reattach.',
      async run(quick) {
        const rows: Row[] = []
        for (const count of quick ? sizes.slice(0, 2) : sizes) {
          await using fleet = await startFleet(join(directory, 'fleet'), count)
          const ask = (variant: FleetTask['variant']) => fleet.ask<Reattached>('reattach', variant)
          const results = await interleave(waysOf(ask), quick ? 2 : 7)
          const time = {
            name: `reattach.${count}`,
            unit: 'ms',
            target: 3 * count,
            bound: 'excess',
            note,
          } as const
          rows.push(row(time, results, ({ ms }) => ms))
          // For fewer, what the code itself takes is most of it.
          if (count < 64) continue
          const memory = {
            name: `reattach.${count}-memory`,
            unit: 'KiB each',
            target: 64,
            bound: 'excess',
          } as const
          rows.push(row(memory, results, ({ memoryKiB }) => memoryKiB))
        }
        return rows
      },
    },
    {
      name: 'scale.events',
      async run(quick) {
        const count = quick ? 32 : 256
        await using fleet = await startFleet(join(directory, 'fleet'), count)
        const ask = (variant: FleetTask['variant']) => fleet.ask<Emitted>('events', variant)
        const results = await interleave(waysOf(ask), quick ? 2 : 5)
        return [
          row(
            { name: `scale.events-${count}`, unit: 'ms', target: 1.2, note: eventsNote },
            results,
            ({ ms }) => ms,
          ),
          row(
            { name: `scale.events-${count}-reply`, unit: 'us', target: 1.2 },
            results,
            ({ replyUs }) => replyUs,
          ),
        ]
      },
    },
  ]
}

const note =
  'A fresh process takes all of them over at once: the floor only connects, negotiates and asks query-status; ours also proves the process, takes the lock and the console, and compares QEMU with the record.'
const eventsNote =
  'Each VM is stopped and resumed fifty times, all at once; every STOP and RESUME is counted and none may be missing.'

const waysOf = <T>(ask: (variant: FleetTask['variant']) => Promise<T>) =>
  new Map([
    ['ours', () => ask('ours')],
    ['floor', () => ask('floor')],
  ])

const row = <T>(goal: Goal, results: ReadonlyMap<string, readonly T[]>, cost: (result: T) => number) =>
  summarize(goal, new Map([...results].map(([name, found]) => [name, found.map(cost)])))

interface Fleet extends AsyncDisposable {
  ask<T>(kind: FleetTask['kind'], variant: FleetTask['variant']): Promise<T>
}

async function startFleet(stateDir: string, count: number): Promise<Fleet> {
  const ids = Array.from({ length: count }, (_, index) => `v${index + 1}`)
  const disk = `${stateDir}.img`
  writeFileSync(disk, '')
  truncateSync(disk, 1024 * 1024)
  const pids: number[] = []
  const waiting = [...ids]
  const start = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const vm = await launchVm(
        {
          name,
          accelerator: 'tcg',
          machine: 'none',
          cpus: 1,
          memoryMiB: 1,
          drives: [
            { id: 'os', source: { type: 'file', path: disk }, format: 'raw', device: false, readOnly: true },
          ],
        },
        { stateDir },
      )
      pids.push(vm.pid)
      await vm.detach()
    }
  }
  await Promise.all(Array.from({ length: startersAtOnce }, start))
  return {
    async ask(kind, variant) {
      const task: FleetTask = { kind, variant, stateDir, ids }
      const words = ['--expose-gc', '--import', 'tsx', worker, JSON.stringify(task)]
      const { stdout } = await run(process.execPath, words, { timeout: 120_000 })
      return JSON.parse(stdout)
    },
    async [Symbol.asyncDispose]() {
      const { killVm } = await import('../../../dist/vm/index.js')
      for (const id of ids) await killVm(id, { stateDir })
    },
  }
}
