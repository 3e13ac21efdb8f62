import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { askQemu } from '../../src/vm/bare-qemu.ts'

test('a bare QEMU answers and is gone', async () => {
  const version = await askQemu('qemu-system-x86_64', ['-machine', 'none', '-S'], (qmp) =>
    qmp.execute('query-version'),
  )
  expect(version.qemu.major).toBeGreaterThanOrEqual(7)
})

test('one that does not start says why', async () => {
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

test('its QMP types come out of the command', () => {
  const words = ['dist/cli/main.js', 'schema', 'qmp', '--qemu', 'qemu-system-x86_64']
  const module = execFileSync(process.execPath, words, { encoding: 'utf8' })
  expect(module).toMatch(/^\/\/ The QMP of QEMU \d+\.\d+\.\d+/)
  for (const name of ['blockdev-add', 'device_add', 'DEVICE_DELETED']) expect(module).toContain(name)
})
