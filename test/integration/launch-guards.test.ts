import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { launchVm, reattachVm, type VmConfigInput } from 'qemu-launch'
import { expect, test } from 'vitest'
import { cli, cliJson, cliStateDirectory, jsonFile } from '../support/cli.ts'
import {
  bareConfig,
  failureOf,
  freshName,
  isRunning,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()

const places: readonly (readonly [path: string, at: (path: string) => Partial<VmConfigInput>])[] = [
  ['console.socket', (socket) => ({ console: { socket } })],
  ['qmp[0].path', (path) => ({ qmp: [{ path }] })],
  ['display.socket', (socket) => ({ display: { type: 'vnc', socket } })],
  ['guestAgent.socket', (socket) => ({ guestAgent: { socket } })],
  ['serials[0].socket', (socket) => ({ serials: [{ socket }] })],
  ['extraArgs[1]', (path) => ({ extraArgs: ['-qmp', `unix:${path},server=on,wait=off`] })],
  ['extraArgs[1]', (path) => ({ extraArgs: ['-chardev', `socket,id=x,path=${path},server=on,wait=off`] })],
  ['pidFile', (pidFile) => ({ pidFile })],
]

test('a file at a path where QEMU would listen, or write its pid, is refused and stays', async () => {
  for (const [path, at] of places) {
    const file = join(testDirectory(), freshName('precious'))
    writeFileSync(file, 'do not lose this')
    const failure = await failureOf(launchVm(bareConfig(at(file)), { stateDir }))
    expect(failure).toMatchObject({ code: 'VM_CONFIG', details: { faults: [{ path, value: file }] } })
    expect(readFileSync(file, 'utf8')).toBe('do not lose this')
  }
})

test('a link, and a socket that another VM listens at, are refused; that VM goes on', async () => {
  const first = await startVm()
  const link = join(testDirectory(), freshName('link'))
  symlinkSync(first.paths.console, link)
  for (const path of [first.paths.monitor, link]) {
    const failure = await failureOf(launchVm(bareConfig({ qmp: [{ path }] }), { stateDir }))
    expect(failure).toMatchObject({ code: 'VM_CONFIG', details: { faults: [{ path: 'qmp[0].path' }] } })
  }
  const visitor = await reattachVm(first.id, { stateDir, owner: false })
  await visitor.leave()
  await first.kill()
})

test('a socket and a pid file that an ended VM has left are taken over', async () => {
  const path = join(testDirectory(), freshName('m'))
  const pidFile = join(testDirectory(), freshName('p'))
  const config = bareConfig({ qmp: [{ path }], pidFile })
  const killed = await startVm(config)
  await killed.kill()
  const again = await startVm(config)
  expect(Number(readFileSync(pidFile, 'utf8'))).toBe(again.pid)
  await again.kill()
})

test('-daemonize is a fault of the config, and no QEMU runs', async () => {
  const config = bareConfig({ security: { sandbox: false }, extraArgs: ['-daemonize'] })
  const failure = await failureOf(launchVm(config, { stateDir }))
  expect(failure).toMatchObject({ code: 'VM_CONFIG', details: { faults: [{ path: 'extraArgs[0]' }] } })
})

test('VM_LOCKED names the process that owns the VM', async () => {
  const vm = await startVm()
  const locked = await failureOf(reattachVm(vm.id, { stateDir }))
  expect(locked).toMatchObject({
    code: 'VM_LOCKED',
    message: `VM ${vm.id} is owned by another process (pid ${process.pid})`,
    details: { vm: vm.id, pid: process.pid, transient: true },
  })
  // A visitor of another process is not the owner.
  expect((await cli(['status', vm.id, '--state-dir', stateDir])).code).toBe(0)
  await vm.kill()
  expect(isRunning(vm.pid)).toBe(false)
})

test('run --dry-run prints the words that a launch runs, also in place of a VM that was killed', async () => {
  const config = bareConfig({ rng: true, guestAgent: true, nics: [{ type: 'user', id: 'n' }] })
  for (const machine of ['q35', expect.stringMatching(/^pc-q35-\d/)]) {
    const words = await cliJson<string[]>('run', '--dry-run', jsonFile(config))
    expect(words[words.indexOf('-M') + 1]).toEqual(machine)
    const vm = await startVm(config, { stateDir: cliStateDirectory() })
    expect(words).toEqual(JSON.parse(readFileSync(vm.paths.state, 'utf8')).argv)
    await vm.kill()
  }
})
