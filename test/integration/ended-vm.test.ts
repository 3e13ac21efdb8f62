import { readdirSync, readFileSync } from 'node:fs'
import { launchVm, type QemuLaunchError, reattachVm, type Vm, type VmVisitor } from 'qemu-launch'
import { describe, expect, test, vi } from 'vitest'
import { bareConfig, blankFile, failureOf, startVm, stateDirectory } from '../support/vm.ts'

const stateDir = stateDirectory()

/** Every call that needs a running VM. */
const calls: Readonly<Record<string, (vm: Vm | VmVisitor) => Promise<unknown>>> = {
  pause: (vm) => vm.pause(),
  resume: (vm) => vm.resume(),
  reset: (vm) => vm.reset(),
  discrepancies: (vm) => vm.discrepancies(),
  'qmp.execute': (vm) => vm.qmp.execute('query-status'),
  'qmp.executeOob': (vm) => vm.qmp.executeOob('query-yank'),
  'qmp.waitFor': (vm) => vm.qmp.waitFor('STOP'),
  'qmp.schema': (vm) => vm.qmp.schema(),
  'volumes.attach': (vm) => vm.volumes.attach({ id: 'late', uri: blankFile() }),
  'volumes.detach': (vm) => vm.volumes.detach('vol'),
  'volumes.list': (vm) => vm.volumes.list(),
  'volumes.metrics': (vm) => vm.volumes.metrics(),
  'volumes.resize': (vm) => vm.volumes.resize('vol', 2 ** 21),
  'volumes.throttle': (vm) => vm.volumes.throttle('vol', {}),
  'guest.exec': (vm) => vm.guest.exec(['true']),
  'guest.waitFor': (vm) => vm.guest.waitFor(),
  'guest.addresses': (vm) => vm.guest.addresses(),
  'guest.readFile': (vm) => vm.guest.readFile('/etc/hostname'),
  'guest.writeFile': (vm) => vm.guest.writeFile('/tmp/x', ''),
}

async function codes(vm: Vm | VmVisitor): Promise<Record<string, unknown>> {
  const failed = Object.entries(calls).map(async ([name, call]) => {
    const { code, details } = (await failureOf(call(vm))) as QemuLaunchError
    return [name, `${code} ${details.vm}`]
  })
  return Object.fromEntries(await Promise.all(failed))
}

function threadStates(pid: number): Set<string | undefined> {
  const stats = readdirSync(`/proc/${pid}/task`).map((id) =>
    readFileSync(`/proc/${pid}/task/${id}/stat`, 'latin1'),
  )
  return new Set(stats.map((stat) => stat.slice(stat.lastIndexOf(')') + 2).at(0)))
}

const all = (said: string) => Object.fromEntries(Object.keys(calls).map((name) => [name, said]))

describe('a call on a VM that has ended fails with VM_NOT_RUNNING and the VM', () => {
  test('after a kill, a clean end and a crash, for the owner and a visitor', async () => {
    for (const end of ['SIGKILL', 'SIGTERM', 'SIGABRT'] as const) {
      const vm = await startVm(bareConfig({ guestAgent: true }))
      await vm.volumes.attach({ id: 'vol', uri: blankFile() })
      const visitor = await reattachVm(vm.id, { stateDir, owner: false })
      process.kill(vm.pid, end)
      await Promise.all([vm.exited, visitor.exited])
      expect(await codes(vm)).toEqual(all(`VM_NOT_RUNNING ${vm.id}`))
      expect(await codes(visitor)).toEqual(all(`VM_NOT_RUNNING ${vm.id}`))
    }
  })

  test('when it ends while the calls are under way', async () => {
    const vm = await startVm(bareConfig({ guestAgent: true }))
    await vm.volumes.attach({ id: 'vol', uri: blankFile() })
    process.kill(vm.pid, 'SIGSTOP')
    await vi.waitFor(() => expect(threadStates(vm.pid)).toEqual(new Set(['T'])), 60_000)
    const under = codes(vm)
    await new Promise(setImmediate)
    process.kill(vm.pid, 'SIGKILL')
    expect(await under).toEqual(all(`VM_NOT_RUNNING ${vm.id}`))
    await vm.exited
  })
})

test('a call on a VM that this process has left says so, and names the VM', async () => {
  const vm = await launchVm(bareConfig({ guestAgent: true }), { stateDir })
  await vm.leave()
  expect(await codes(vm)).toEqual(all(`QMP_CLOSED ${vm.id}`))
  await expect(vm.pause()).rejects.toThrow(`this process has left VM ${vm.id}, which runs on`)
  const owner = await reattachVm(vm.id, { stateDir })
  await owner.kill()
})
