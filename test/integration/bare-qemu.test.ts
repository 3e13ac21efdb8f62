import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { askQemu } from '../../src/vm/qemu/bare-qemu.ts'
import { startElsewhere } from '../support/elsewhere.ts'
import { freshName, isRunning, testDirectory } from '../support/vm.ts'

test('a bare QEMU answers and is gone', async () => {
  const version = await askQemu('qemu-system-x86_64', ['-machine', 'none', '-S'], (qmp) =>
    qmp.execute('query-version'),
  )
  expect(version.qemu.major).toBeGreaterThanOrEqual(7)
})

test('a QEMU that does not start says why', async () => {
  const asking = askQemu('qemu-system-x86_64', ['-machine', 'nope'], (qmp) => qmp.execute('query-status'))
  await expect(asking).rejects.toMatchObject({
    code: 'VM_LAUNCH',
    message: expect.stringContaining('unsupported machine type'),
  })
})

test('a CPU that needs KVM is refused under TCG in QEMU’s own words', async () => {
  const asking = askQemu('qemu-system-x86_64', ['-accel', 'tcg', '-cpu', 'host'], (qmp) =>
    qmp.execute('query-status'),
  )
  await expect(asking).rejects.toThrow(/requires KVM/)
})

test('one whose asker is killed is gone with it', async () => {
  const binary = join(testDirectory(), freshName('qemu'))
  writeFileSync(binary, `#!/bin/sh\necho $$ >${binary}.pid\nexec qemu-system-x86_64 "$@"\n`, {
    mode: 0o755,
  })
  const XDG_CACHE_HOME = testDirectory(freshName('cache'))
  const program = `
    import { probeCapabilities } from 'qemu-launch'
    process.env.XDG_CACHE_HOME = XDG_CACHE_HOME
    await probeCapabilities(binary)
  `
  const asker = startElsewhere(program, { binary, XDG_CACHE_HOME }, 'inherit')
  const readPid = () => existsSync(`${binary}.pid`) && Number(readFileSync(`${binary}.pid`, 'utf8'))
  const pid = await vi.waitUntil(readPid, { timeout: 60_000, interval: 1 })
  asker.kill('SIGKILL')
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 60_000)
})

test('its QMP types come out of the command', () => {
  const words = ['dist/cli/main.js', 'schema', 'qmp', '--qemu', 'qemu-system-x86_64']
  const module = execFileSync(process.execPath, words, { encoding: 'utf8' })
  expect(module).toMatch(/^\/\/ The QMP of QEMU \d+\.\d+\.\d+/)
  for (const name of ['blockdev-add', 'device_add', 'DEVICE_DELETED']) expect(module).toContain(name)
})
