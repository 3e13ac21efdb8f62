import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  inspectVm,
  keepRunning,
  killVm,
  launchVm,
  listVms,
  reattachVm,
  type VmConfigInput,
  VmLaunchError,
} from 'qemu-launch'
import { expect, onTestFinished, test } from 'vitest'
import { cli } from '../support/cli.ts'
import { bareConfig, freshName, isRunning, testDirectory } from '../support/vm.ts'

const qemu = process.env.QEMU_LAUNCH_QEMU ?? 'qemu-system-x86_64'

/** A script that starts QEMU and waits for it. */
function wrapper(text = `${qemu} "$@"\nexit $?\n`): string {
  const path = join(testDirectory(), freshName('wrapper'))
  writeFileSync(path, `#!/bin/sh\n${text}`)
  chmodSync(path, 0o755)
  return path
}

/** A VM that nobody owns, in a state directory of its own. */
async function abandoned(config: VmConfigInput = bareConfig()) {
  const stateDir = testDirectory(freshName('lost'))
  const vm = await launchVm(config, { stateDir })
  const { id, pid, paths } = vm
  await vm.leave()
  onTestFinished(() => {
    if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  })
  return { config, stateDir, id, pid, paths }
}

test('a VM whose state directory is wiped is listed, not launched twice, and killed', async () => {
  const { config, stateDir, id, pid } = await abandoned()
  rmSync(stateDir, { recursive: true })
  const found = { id, pid, state: 'broken', alive: true, fault: expect.any(String) }
  expect(await inspectVm(id, { stateDir })).toMatchObject(found)
  expect(await listVms({ stateDir })).toMatchObject([found])
  const refused = { code: 'VM_EXISTS', details: { vm: id, pid } }
  await expect(launchVm(config, { stateDir })).rejects.toMatchObject(refused)
  const lost = { code: 'VM_STATE', details: { vm: id, pid } }
  await expect(keepRunning(config, { stateDir })).rejects.toMatchObject(lost)
  await expect(reattachVm(id, { stateDir, owner: false })).rejects.toMatchObject(lost)
  expect(isRunning(pid)).toBe(true)
  const listed = await cli(['list'], { env: { QEMU_LAUNCH_STATE_DIR: stateDir } })
  expect(listed.out).toMatch(new RegExp(`^${id} +broken +${pid} `, 'm'))
  expect(await killVm(id, { stateDir })).toMatchObject(found)
  expect(isRunning(pid)).toBe(false)
  expect(await listVms({ stateDir })).toEqual([])
  await using again = await launchVm(config, { stateDir, paused: true })
  expect(again.state).toBe('prelaunch')
})

test.each([
  ['another pid', { pid: process.pid }],
  ['another start', { startTime: '1' }],
  ['a pid of nobody', { pid: 2 ** 22 + 1 }],
])('a VM is found, taken up and ended although its record says %s', async (_what, wrong) => {
  const { config, stateDir, id, pid, paths } = await abandoned()
  const record = JSON.parse(readFileSync(paths.state, 'utf8'))
  writeFileSync(paths.state, JSON.stringify({ ...record, process: { ...record.process, ...wrong } }))
  rmSync(paths.pid)
  expect(await inspectVm(id, { stateDir })).toMatchObject({ state: 'alive', pid })
  await expect(launchVm(config, { stateDir })).rejects.toMatchObject({ code: 'VM_EXISTS' })
  const kept = await keepRunning(config, { stateDir })
  expect(kept.current).toMatchObject({ pid, state: 'running' })
  await kept.leave()
  expect(JSON.parse(readFileSync(paths.state, 'utf8')).process).toEqual(record.process)
  expect(await killVm(id, { stateDir })).toMatchObject({ pid, alive: true })
  expect(isRunning(pid)).toBe(false)
  expect(existsSync(paths.dir)).toBe(false)
})

test('QEMU under a script that does not become it is the VM: it is watched, listed and killed', async () => {
  const { stateDir, id, pid, paths } = await abandoned(bareConfig({ binary: wrapper() }))
  expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toMatch(/^qemu-system/)
  expect(await inspectVm(id, { stateDir })).toMatchObject({ state: 'alive', pid })
  rmSync(paths.dir, { recursive: true })
  expect(await inspectVm(id, { stateDir })).toMatchObject({ state: 'broken', alive: true, pid })
  expect(await killVm(id, { stateDir })).toMatchObject({ pid, alive: true })
  expect(isRunning(pid)).toBe(false)

  const vm = await launchVm(bareConfig({ binary: wrapper() }), { stateDir })
  await vm.kill()
  expect(isRunning(vm.pid)).toBe(false)
  expect(vm.state).toBe('exited')
})

test('a launch that fails ends the QEMU that a script has started', async () => {
  const stateDir = testDirectory(freshName('lost'))
  const pidFile = join(stateDir, 'its-pid')
  // Its monitor is not ours: the launch is in vain.
  const binary = wrapper(`${qemu} "$@" 3>&- 3</dev/null & echo $! > ${pidFile}; wait\n`)
  const config = bareConfig({ binary })
  await expect(launchVm(config, { stateDir, timeoutMs: 5_000 })).rejects.toThrow(VmLaunchError)
  expect(isRunning(Number(readFileSync(pidFile, 'utf8')))).toBe(false)
  expect(await listVms({ stateDir })).toEqual([])
})
