import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Vm } from 'qemu-launch'
import { qemuDisks, recorded, socketsBelow, testDirectory } from '../vm.ts'
import { waitingOn } from './private-state.ts'

/** What QEMU has, by what it tells, and what is on record of it. */
export async function contents(vm: Vm) {
  const [disks, objects, chardevs] = await Promise.all([
    qemuDisks(vm.qmp),
    vm.qmp.execute('qom-list', { path: '/objects' }),
    vm.qmp.execute('query-chardev'),
  ])
  return {
    ...disks,
    objects: objects.map(({ name }) => name).sort(),
    chardevs: chardevs.map(({ label }) => label).sort(),
    recorded: recorded(vm),
  }
}

/** All that a VM takes, in QEMU, in the kernel and in this process. */
export async function holdings(vm: Vm) {
  return {
    contents: await contents(vm),
    threads: readdirSync(`/proc/${vm.pid}/task`).length,
    qemuFiles: openFiles(vm.pid),
    ourFiles: openFiles(process.pid),
    stateFiles: readdirSync(vm.paths.dir).sort(),
    serverFiles: readdirSync(testDirectory('t')).sort(),
    sockets: socketsBelow(vm.paths.dir).sort(),
    waiting: await waitingOn(vm.qmp),
    processListeners: Object.fromEntries(
      process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
    ),
  }
}

/** The holdings once they stay the same for a while: what was closed last is closed a moment later. */
export async function settledHoldings(vm: Vm) {
  for (let before = '', same = 0; ; await sleep(50)) {
    const now = await holdings(vm)
    const text = JSON.stringify(now)
    same = text === before ? same + 1 : 0
    if (same === 10) return now
    before = text
  }
}

/** How many files of each kind a process has open; a file of a name counts as a kind. */
function openFiles(pid: number): Record<string, number> {
  const kinds: Record<string, number> = {}
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    const kind = kindOf(`/proc/${pid}/fd/${descriptor}`)
    if (kind !== undefined) kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return Object.fromEntries(Object.entries(kinds).sort())
}

function kindOf(path: string): string | undefined {
  try {
    return readlinkSync(path).replace(/:\[\d+\]$/, '')
  } catch {
    return undefined // the one that the directory was read by
  }
}
