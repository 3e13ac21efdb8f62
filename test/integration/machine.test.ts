import { readFileSync, writeFileSync } from 'node:fs'
import { inspectVm, probeCapabilities, reattachVm } from 'qemu-launch'
import { describe, expect, test } from 'vitest'
import { bareConfig, startVm, stateDirectory } from '../support/vm.ts'

const stateDir = stateDirectory()

describe('the machine', () => {
  test('is told with its version, by the VM, its record, and its next owner', async () => {
    const { machineAliases, defaultMachine } = await probeCapabilities('qemu-system-x86_64')
    const vm = await startVm(bareConfig(), { paused: true })
    expect(vm.machine).toBe(machineAliases.q35)
    expect(await vm.qmp.execute('qom-get', { path: '/machine', property: 'type' })).toBe(
      `${vm.machine}-machine`,
    )
    expect(await inspectVm(vm.id, { stateDir })).toMatchObject({ machine: vm.machine })
    await vm.detach()
    await using again = await reattachVm(vm.id, { stateDir })
    expect(again.machine).toBe(machineAliases.q35)
    await using old = await startVm(bareConfig({ machine: 'qemu-default', hotplugPorts: 0 }), {
      paused: true,
    })
    expect(old.machine).toBe(defaultMachine)
  })

  test('stays the same for a VM that starts again, unless its config names another', async () => {
    const { machines } = await probeCapabilities('qemu-system-x86_64')
    const config = bareConfig()
    const first = await startVm(config, { paused: true })
    const others = machines.filter((name) => name.startsWith('pc-q35-') && name !== first.machine)
    const older = others.at(-1) ?? ''
    await first.kill()
    // As an older QEMU left it, under which q35 stood for another machine.
    const record: object = JSON.parse(readFileSync(first.paths.state, 'utf8'))
    expect(record).toMatchObject({ machine: first.machine })
    writeFileSync(first.paths.state, JSON.stringify({ ...record, machine: older }))

    const second = await startVm(config, { paused: true })
    expect(second.machine).toBe(older)
    await second.kill()
    const third = await startVm({ ...config, machine: 'q35' }, { paused: true })
    expect(third.machine).toBe(older)
    await third.kill()
    const fourth = await startVm({ ...config, machine: 'pc', hotplugPorts: 0 }, { paused: true })
    expect(fourth.machine).toMatch(/^pc-i440fx-/)
    await fourth.shutdown()
    await using fifth = await startVm(config, { paused: true })
    expect(fifth.machine).toBe(first.machine)
  })

  test('of a record that this QEMU does not have is refused, and the record stays', async () => {
    const config = bareConfig()
    const vm = await startVm(config, { paused: true })
    await vm.kill()
    const record: object = JSON.parse(readFileSync(vm.paths.state, 'utf8'))
    writeFileSync(vm.paths.state, JSON.stringify({ ...record, machine: 'pc-q35-0.1' }))
    await expect(startVm(config)).rejects.toMatchObject({ code: 'VM_UNSUPPORTED' })
    expect(await inspectVm(vm.id, { stateDir })).toMatchObject({ state: 'exited', machine: 'pc-q35-0.1' })
  })
  test('none takes no CPU, and starts where the config names none', async () => {
    const {
      cpu: _cpu,
      drives: [os] = [],
      ...config
    } = bareConfig({ machine: 'none', cpus: 1, hotplugPorts: 0 })
    const drives = os === undefined ? [] : [{ ...os, device: false }]
    await using vm = await startVm({ ...config, drives })
    expect(vm.machine).toBe('none')
  })
})
