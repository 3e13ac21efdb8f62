import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { VmConfigInput } from 'qemu-launch'
import { startNbdkit } from 'qemu-launch/volumes'
import { expect, test } from 'vitest'
import { testGuest } from '../support/guest.ts'
import type { GuestConsole } from '../support/guest-console.ts'
import {
  bareConfig,
  bootGuest,
  failureOf,
  freshName,
  type RunningGuest,
  startVm,
  testDirectory,
} from '../support/vm.ts'

const template = '/usr/share/OVMF/OVMF_VARS_4M.fd'
const folder = '/sys/firmware/efi/efivars'
const guid = '12345678-1234-1234-1234-123456789abc'

type Firmware = NonNullable<VmConfigInput['firmware']>

const bootUefi = (firmware: Firmware = { type: 'uefi' }): Promise<RunningGuest> =>
  bootGuest({ config: { firmware, memoryMiB: 512 } })

/** A variable that lasts (attributes 7); its name and value show in the flash. */
async function writeVariable(console: GuestConsole, value: string): Promise<void> {
  await console.check(`mount -t efivarfs efivarfs ${folder}`)
  await console.check(`printf '\\007\\000\\000\\000${value}' >${folder}/Ours-${guid}`)
}

async function readVariable(console: GuestConsole): Promise<string> {
  await console.check(`mount -t efivarfs efivarfs ${folder}`)
  return console.check(`tail -c +5 ${folder}/Ours-${guid}`)
}

test('each VM has variables of its own: a copy that ends with it, or a file that stays', async () => {
  const before = readFileSync(template)
  const kept = join(testDirectory(), freshName('vars'))
  let own = ''
  {
    await using first = await bootUefi()
    await using second = await bootUefi({ type: 'uefi', vars: kept })
    own = first.vm.paths.efiVars
    await writeVariable(first.console, 'written-by-the-first')
    await writeVariable(second.console, 'written-by-the-second')
    expect(readFileSync(own).includes('written-by-the-first')).toBe(true)
    expect(readFileSync(own).includes('written-by-the-second')).toBe(false)
    expect(readFileSync(kept).includes('written-by-the-second')).toBe(true)
    expect(statSync(kept).mode & 0o777).toBe(0o600)
    expect((await first.vm.shutdown()).clean).toBe(true)
    expect((await second.vm.shutdown()).clean).toBe(true)
  }
  expect(existsSync(own)).toBe(false)
  await using again = await bootUefi({ type: 'uefi', vars: kept })
  expect(await readVariable(again.console)).toBe('written-by-the-second')
  expect(readFileSync(template)).toEqual(before)
})

test('a VM that has crashed is launched again by its name, with variables made anew', async () => {
  const config = bareConfig({ firmware: { type: 'uefi' }, memoryMiB: 128 })
  const first = await startVm(config)
  const ended = first.exited
  process.kill(first.pid, 'SIGKILL')
  await ended
  const second = await startVm(config)
  expect(existsSync(second.paths.efiVars)).toBe(true)
  await second.kill()
})

test('the variables may be on an NBD server', async () => {
  const disk = join(testDirectory(), freshName('vars'))
  copyFileSync(template, disk)
  await using server = await startNbdkit({
    plugin: 'file',
    parameters: { file: disk },
    socket: join(testDirectory(), `${freshName('d')}.sock`),
    exitWithParent: true,
  })
  await using guest = await bootUefi({ type: 'uefi', vars: server.uri })
  await writeVariable(guest.console, 'written-over-nbd')
  expect(readFileSync(disk).includes('written-over-nbd')).toBe(true)
  await guest.vm.kill()
})

test('an ARM guest boots under UEFI, keeps its variables and hears the power button', async () => {
  const { kernel, initrd, append } = testGuest('aarch64')
  const config = { arch: 'aarch64', cpu: 'cortex-a57', firmware: { type: 'uefi' }, memoryMiB: 512 } as const
  await using guest = await bootGuest({ config: { ...config, kernel: { image: kernel, initrd, append } } })
  const { vm, console } = guest
  await writeVariable(console, 'written-by-arm')
  const { size, blocks } = statSync(vm.paths.efiVars)
  expect(readFileSync(vm.paths.efiVars).includes('written-by-arm')).toBe(true)
  // 64 MiB of which next to nothing is used: the directory may be in memory.
  expect(blocks * 512).toBeLessThan(size / 4)
  expect(await vm.shutdown()).toMatchObject({ reason: 'guest-shutdown', clean: true })
})

test.each<[string, Firmware, string]>([
  ['code', { type: 'uefi', code: '/nowhere/code.fd' }, 'firmware.code'],
  ['variables without a template', { type: 'uefi', code: template, vars: '/nowhere/v.fd' }, 'firmware.vars'],
  ['template', { type: 'uefi', varsTemplate: '/nowhere/t.fd' }, 'firmware.varsTemplate'],
])('firmware that is missing starts nothing: %s', async (_name, firmware, path) => {
  expect(await failureOf(startVm(bareConfig({ firmware })))).toMatchObject({
    code: 'VM_CONFIG',
    details: { faults: [{ path }] },
  })
})

test('two launches make one file of variables, which stays when they fail', async () => {
  const vars = join(testDirectory(), freshName('vars'))
  const config = () => bareConfig({ firmware: { type: 'uefi', vars }, extraArgs: ['-device', 'none-such'] })
  const failures = await Promise.all([failureOf(startVm(config())), failureOf(startVm(config()))])
  for (const failure of failures) expect(failure).toMatchObject({ code: 'VM_LAUNCH' })
  expect(readFileSync(vars)).toEqual(readFileSync(template))
  expect(readdirSync(testDirectory()).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test('Secure Boot has all its parts: SMM, a flash that only it writes, and variables with keys enrolled', async () => {
  const firmware = { type: 'uefi', secureBoot: true } as const
  await using vm = await startVm(bareConfig({ firmware }), { paused: true })
  const get = (path: string, property: string) => vm.qmp.execute('qom-get', { path, property })
  expect(await get('/machine', 'smm')).toBe('on')
  expect(await get('/machine/system.flash0', 'secure')).toBe(true)
  expect(await get('/machine/system.flash1', 'secure')).toBe(true)
  expect(readFileSync(vm.paths.efiVars)).toEqual(readFileSync('/usr/share/OVMF/OVMF_VARS_4M.ms.fd'))
})
