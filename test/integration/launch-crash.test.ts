import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspectVm, launchVm, listVms, reattachVm, type VmConfigInput } from 'qemu-launch'
import { describe, expect, test, vi } from 'vitest'
import { startElsewhere, wordsUntilKilled } from '../support/elsewhere.ts'
import { mortal } from '../support/mortal.ts'
import { bareConfig, isRunning, socketsBelow, stateDirectory } from '../support/vm.ts'

const stateDir = stateDirectory()

const launching = mortal('await library.launchVm(config, { stateDir })')

/** Launches in a process of its own that dies at its `at`-th step, or after `afterMs`; tells where it died. */
async function dieLaunching(config: VmConfigInput, at: number, afterMs?: number): Promise<string> {
  const child = startElsewhere(launching, { stateDir, config, at }, 'pipe')
  const words = wordsUntilKilled(child)
  if (afterMs !== undefined) {
    await vi.waitFor(() => expect(existsSync(join(stateDir, config.name))).toBe(true), {
      timeout: 60_000,
      interval: 1,
    })
    await sleep(afterMs)
    child.kill('SIGKILL')
  }
  return words
}

/** The QEMUs of a VM. */
function qemusOf(name: string): number[] {
  const words = `guest=${name},`
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isRunning(pid) && commandLine(pid).includes(words))
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** Whatever is there now, the VM can be had, once; and when it has been shut down nothing is left of it. */
async function expectUsable(config: VmConfigInput): Promise<'absent' | 'taken up' | 'launched anew'> {
  const { name } = config
  const dir = join(stateDir, name)
  const found = await inspectVm(name, { stateDir })
  expect((await listVms({ stateDir })).some(({ id }) => id === name)).toBe(found.state !== 'absent')
  let vm: Awaited<ReturnType<typeof launchVm>>
  if (found.alive) {
    await expect(launchVm(config, { stateDir })).rejects.toMatchObject({ code: 'VM_EXISTS' })
    vm = await reattachVm(name, { stateDir })
    expect(vm.pid).toBe(found.pid)
    expect(await inspectVm(name, { stateDir })).toMatchObject({ state: 'alive', pid: vm.pid })
    expect(JSON.parse(readFileSync(vm.paths.state, 'utf8'))).toMatchObject({ process: { pid: vm.pid } })
  } else {
    vm = await launchVm(config, { stateDir })
  }
  expect(await vm.qmp.execute('query-status')).toMatchObject({ status: 'running' })
  expect(await vm.discrepancies()).toEqual([])
  expect(qemusOf(name)).toEqual([vm.pid])
  expect(existsSync(vm.paths.console)).toBe(true)
  expect(await vm.shutdown({ timeoutMs: 0 })).toMatchObject({ forced: true })
  expect(existsSync(dir)).toBe(false)
  expect(socketsBelow(dir)).toEqual([])
  expect(qemusOf(name)).toEqual([])
  return found.alive ? 'taken up' : found.state === 'absent' ? 'absent' : 'launched anew'
}

describe('a process that dies while it launches a VM', () => {
  test('at any step leaves what can be taken up or cleared away', { timeout: 600_000 }, async () => {
    const seen: [string, string][] = []
    // Two at a time: each waits for the other's processes more than for its own.
    let next = 1
    let launched = false
    const worker = async () => {
      while (!launched) {
        const at = next++
        const config = bareConfig()
        const where = await dieLaunching(config, at)
        if (where === 'done') launched = true
        seen.push([`${at} ${where}`, await expectUsable(config)])
      }
    }
    await Promise.all([worker(), worker()])
    const outcomes = new Set(seen.map(([, outcome]) => outcome))
    expect(outcomes, JSON.stringify(seen)).toEqual(new Set(['absent', 'launched anew', 'taken up']))
    expect(seen.length).toBeGreaterThan(30)
  })

  test('at any moment', { timeout: 300_000 }, async () => {
    for (let afterMs = 0; afterMs < 120; afterMs += 8) {
      const config = bareConfig()
      await dieLaunching(config, 0, afterMs)
      await expectUsable(config)
    }
  })
})
