import { expect, test } from 'vitest'
import { formatExit, judgeEnd } from '../../../src/vm/life/exit.ts'

test.each([
  [0, undefined, 'guest-shutdown', 'guest-shutdown', true],
  [0, undefined, 'host-qmp-quit', 'host-qmp-quit', true],
  [0, undefined, 'host-signal', 'host-signal', true],
  [0, undefined, 'guest-reset', 'guest-reset', true],
  [0, undefined, 'guest-panic', 'guest-panic', false],
  [1, undefined, 'guest-panic', 'guest-panic', false],
  [0, undefined, 'host-error', 'host-error', false],
  [0, undefined, undefined, 'unknown', false],
  [1, undefined, undefined, 'crashed', false],
  [undefined, 'SIGKILL', undefined, 'killed', false],
  [undefined, 'SIGKILL', 'guest-shutdown', 'killed', false],
  [undefined, 'SIGABRT', undefined, 'crashed', false],
  [undefined, 'SIGSEGV', 'host-qmp-quit', 'crashed', false],
  [undefined, undefined, 'guest-shutdown', 'guest-shutdown', true],
  [undefined, undefined, undefined, 'vanished', false],
] as const)('status %s, signal %s, said %s: %s', (exitCode, signal, said, reason, clean) => {
  expect(judgeEnd({ exitCode, signal }, said)).toEqual({ reason, clean })
})

test('an end is one line', () => {
  const exit = { reason: 'host-signal', clean: true, log: '', console: '' }
  expect(formatExit(exit)).toBe('host-signal')
  expect(formatExit({ ...exit, exitCode: 0 })).toBe('host-signal (exit status 0)')
  expect(formatExit({ ...exit, fault: 'EBUSY: …' })).toBe('host-signal; EBUSY: …')
})
