import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { reattachVm, type Vm } from '../../../dist/index.js'
import { BareMonitor, bytesOf } from './bare.ts'
import type { Emitted, FleetTask, Reattached } from './fleet.ts'

const { kind, variant, stateDir, ids }: FleetTask = JSON.parse(process.argv[2] ?? '{}')
const cycles = 50
const query = bytesOf({ execute: 'query-status' })
const stop = bytesOf({ execute: 'stop' })
const cont = bytesOf({ execute: 'cont' })

const takeOver = (): Promise<Vm[]> => Promise.all(ids.map((id) => reattachVm(id, { stateDir })))

const connectAll = (): Promise<BareMonitor[]> =>
  Promise.all(ids.map((id) => BareMonitor.over(connect(join(stateDir, id, 'qmp.sock')), query)))

async function reattach(): Promise<Reattached> {
  const before = heldKiB()
  const start = performance.now()
  const held = variant === 'ours' ? await takeOver() : await connectAll()
  const ms = performance.now() - start
  await sleep(50)
  const memoryKiB = (heldKiB() - before) / held.length
  return { ms, memoryKiB }
}

/** What JavaScript holds: the process's own size moves by whole megabytes. */
function heldKiB(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1024
}

/** All VMs emit at once, and each answers its commands beside it. */
async function events(): Promise<Emitted> {
  const replies: number[] = []
  const timed = async (command: () => Promise<unknown>) => {
    const start = performance.now()
    await command()
    replies.push(performance.now() - start)
  }
  const held = variant === 'ours' ? (await takeOver()).map(ours) : (await connectAll()).map(bare)
  const start = performance.now()
  await Promise.all(
    held.map(async ({ emitted, command }) => {
      const all = emitted()
      for (let cycle = 0; cycle < cycles; cycle++) {
        await timed(() => command('stop'))
        await timed(() => command('cont'))
      }
      await all
    }),
  )
  const ms = performance.now() - start
  replies.sort((a, b) => a - b)
  return { ms, replyUs: (replies[replies.length >> 1] ?? Number.NaN) * 1000 }
}

interface Held {
  /** Resolves when STOP and RESUME have come as often as they must. */
  emitted(): Promise<unknown>
  command(name: 'stop' | 'cont'): Promise<unknown>
}

function ours(vm: Vm): Held {
  return {
    async emitted() {
      let left = 2 * cycles
      for await (const { event } of vm.events()) {
        if ((event === 'STOP' || event === 'RESUME') && --left === 0) return
      }
      throw new Error(`${left} events are missing`)
    },
    command: (name) => vm.qmp.execute(name),
  }
}

const bare = (monitor: BareMonitor): Held => ({
  emitted: () => monitor.events(2 * cycles),
  command: (name) => monitor.send(name === 'stop' ? stop : cont),
})

process.stdout.write(JSON.stringify(await (kind === 'reattach' ? reattach() : events())))
process.exit(0)
