import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testGuest } from '../support/guest.ts'
import { freshPath, guestAgent } from '../support/qemu.ts'
import { bareConfig, blankFile, bootGuest, type RunningGuest, startVm } from '../support/vm.ts'

let guest: RunningGuest

beforeAll(async () => {
  const { append, initrd, kernel } = testGuest()
  const whole = freshPath('i')
  writeFileSync(whole, Buffer.concat([readFileSync(initrd), readFileSync(guestAgent().initramfs)]))
  guest = await bootGuest({
    config: { kernel: { image: kernel, initrd: whole, append }, guestAgent: true },
  })
})

afterAll(() => guest?.[Symbol.asyncDispose]())

test('a guest whose agent does not run yet is waited for, until the deadline or the abort', async () => {
  const { vm } = guest
  await expect(vm.guest.waitFor({ timeoutMs: 300 })).rejects.toMatchObject({
    code: 'VM_TIMEOUT',
    details: { vm: vm.id },
  })
  const abort = new AbortController()
  const aborted = vm.guest.waitFor({ signal: abort.signal })
  abort.abort()
  await expect(aborted).rejects.toMatchObject({ code: 'VM_ABORTED' })
  const answers = vm.guest.waitFor({ timeoutMs: 60_000 })
  await guest.console.check('/agent/run')
  await answers
  // Also when it has been there for long.
  await vm.guest.waitFor({ timeoutMs: 60_000 })
})

test('a program says what it has to say, and how it ended', async () => {
  const { vm } = guest
  const echo = ['/bin/sh', '-c', 'echo out; echo err >&2; read line; echo "$line"; exit 3'] as const
  expect(await vm.guest.exec([...echo], { input: 'grüße\n' })).toEqual({
    stdout: 'out\ngrüße\n',
    stderr: 'err\n',
    exitCode: 3,
    truncated: false,
  })
  expect(await vm.guest.exec(['/bin/sh', '-c', 'kill -9 $$'])).toMatchObject({ exitCode: 137 })
  expect(await vm.guest.exec(['/bin/sh', '-c', 'echo $A'], { env: ['A=b'] })).toMatchObject({ stdout: 'b\n' })
  await expect(vm.guest.exec(['/nonexistent'])).rejects.toMatchObject({ code: 'QMP_COMMAND_FAILED' })
  await expect(vm.guest.exec(['/bin/sleep', '30'], { timeoutMs: 2_000 })).rejects.toMatchObject({
    code: 'QMP_TIMEOUT',
    message: expect.stringContaining('did not end within 2000 ms'),
    details: { timeoutMs: 2_000, vm: vm.id },
  })
  const together = [1, 2, 3].map((each) => vm.guest.exec(['/bin/echo', String(each)]))
  expect((await Promise.all(together)).map(({ stdout }) => stdout)).toEqual(['1\n', '2\n', '3\n'])
})

test('a file is written and read back, byte by byte', async () => {
  const { vm } = guest
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 256))
  await vm.guest.writeFile('/tmp/file', bytes)
  expect((await vm.guest.readFile('/tmp/file')).equals(bytes)).toBe(true)
  await vm.guest.writeFile('/tmp/file', '')
  expect((await vm.guest.readFile('/tmp/file')).length).toBe(0)
  await expect(vm.guest.readFile('/nonexistent')).rejects.toMatchObject({ code: 'QMP_COMMAND_FAILED' })
})

test('a volume is unmounted by the agent of the config', async () => {
  const { vm } = guest
  await vm.volumes.attach({ id: 'vol-u', uri: blankFile(8), format: 'raw' })
  await guest.console.waitForDisk('volu')
  expect(await vm.volumes.detach('vol-u', { unmount: true })).toEqual({ outcome: 'detached', id: 'vol-u' })
})

test('a VM without a channel says so', async () => {
  await using vm = await startVm(bareConfig(), { paused: true })
  for (const call of [vm.guest.waitFor(), vm.guest.exec(['/bin/true']), vm.guest.addresses()])
    await expect(call).rejects.toMatchObject({
      code: 'VM_UNSUPPORTED',
      message: expect.stringContaining('set guestAgent: true'),
    })
})
