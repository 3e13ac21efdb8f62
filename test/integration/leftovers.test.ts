import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { killVm, launchVm, type VmConfigInput } from 'qemu-launch'
import { startServer } from 'qemu-launch/volumes'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startElsewhere } from '../support/elsewhere.ts'
import { bareConfig, blankFile, isRunning, stateDirectory } from '../support/vm.ts'

const stateDir = stateDirectory()

/** A VM owned by another process, which stands still. */
async function ownedElsewhere(config: VmConfigInput) {
  const program = `
    import { launchVm } from 'qemu-launch'
    const vm = await launchVm(config, { stateDir })
    console.log(JSON.stringify({ id: vm.id, pid: vm.pid, dir: vm.paths.dir, state: vm.paths.state }))
    await vm.exited`
  const owner = startElsewhere(program, { config, stateDir }, 'pipe')
  onTestFinished(() => void owner.kill('SIGKILL'))
  const [line] = owner.stdout === null ? [] : await once(owner.stdout, 'data')
  owner.kill('SIGSTOP')
  const vm: { id: string; pid: number; dir: string; state: string } = JSON.parse(String(line))
  const untilGone = () =>
    vi.waitFor(() => expect(isRunning(vm.pid)).toBe(false), { timeout: 60_000, interval: 1 })
  return { owner, vm, untilGone }
}

describe('what a VM has left', () => {
  test('is its owner’s, whatever anybody launches, until that lets go', async () => {
    const config = bareConfig()
    const { owner, vm, untilGone } = await ownedElsewhere(config)
    const record = readFileSync(vm.state, 'utf8')
    process.kill(vm.pid, 'SIGKILL')
    await untilGone()
    await expect(launchVm(config, { stateDir })).rejects.toMatchObject({
      code: 'VM_LOCKED',
      details: { vm: config.name },
    })
    expect(readFileSync(vm.state, 'utf8')).toBe(record)
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    await using again = await launchVm(config, { stateDir, paused: true })
    expect(existsSync(again.paths.state)).toBe(true)
  })

  test('is cleared by a kill after its owner has seen to its end, although QEMU answers nobody', async () => {
    const { owner, vm } = await ownedElsewhere(bareConfig())
    process.kill(vm.pid, 'SIGSTOP')
    owner.kill('SIGCONT')
    const [{ id, pid }] = await Promise.all([killVm(vm.id, { stateDir }), once(owner, 'exit')])
    expect({ id, pid }).toEqual({ id: vm.id, pid: vm.pid })
    expect(isRunning(vm.pid)).toBe(false)
    expect(existsSync(vm.dir)).toBe(false)
  })

  test('stays as long as a server cannot be looked at', async () => {
    const vm = await launchVm(bareConfig(), { stateDir, paused: true })
    const server = await startServer({ type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } })
    await vm.volumes.attach({ id: 'v', uri: server.uri }, { server })
    await vm.detach()
    const state = join(server.record?.directory ?? '', 'server.json')
    renameSync(state, `${state}.bak`)
    mkdirSync(state)
    await expect(killVm(vm.id, { stateDir })).rejects.toMatchObject({
      code: 'VM_STATE',
      details: { vm: vm.id, server: server.record?.directory },
    })
    expect(isRunning(server.pid)).toBe(true)
    expect(existsSync(vm.paths.state)).toBe(true)
    rmdirSync(state)
    renameSync(`${state}.bak`, state)
    await killVm(vm.id, { stateDir })
    expect(isRunning(server.pid)).toBe(false)
    expect(existsSync(vm.paths.dir)).toBe(false)
  })

  test('is taken for ours although a launch died between a secret and all else', async () => {
    for (const clear of ['launch', 'kill'] as const) {
      const config = bareConfig({ secrets: [{ id: 'pw', data: 'hush' }] })
      const dir = join(stateDir, config.name)
      mkdirSync(dir, { mode: 0o700 })
      writeFileSync(join(dir, 'secret-pw'), 'hush', { mode: 0o600 })
      if (clear === 'launch') await (await launchVm(config, { stateDir, paused: true })).shutdown()
      else await killVm(config.name, { stateDir })
      expect(existsSync(dir)).toBe(false)
    }
  })
})
