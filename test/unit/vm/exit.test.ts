import { expect, test } from 'vitest'
import { formatExit, judgeEnd } from '../../../src/vm/life/exit.ts'
import { leftExit } from '../../../src/vm/life/vm-exit.ts'

const flags = { clean: false, forced: false, killed: false }
const clean = { ...flags, clean: true }
const forced = { ...flags, forced: true }
const killed = { ...flags, killed: true }
const none = { exitCode: undefined, signal: undefined }
const status = (exitCode: number) => ({ exitCode, signal: undefined })
const by = (signal: NodeJS.Signals) => ({ exitCode: undefined, signal })

test.each([
  [status(0), { said: 'guest-shutdown' }, 'guest-shutdown', clean],
  [status(0), { said: 'guest-reset' }, 'guest-reset', clean],
  [status(0), { said: 'host-qmp-quit' }, 'host-qmp-quit', forced],
  [status(0), { said: 'host-signal' }, 'host-signal', forced],
  [status(0), { said: 'host-signal', sent: 'SIGTERM' }, 'host-signal', forced],
  [status(0), { said: 'host-ui' }, 'host-ui', forced],
  [status(0), { said: 'guest-panic' }, 'guest-panic', flags],
  [status(1), { said: 'guest-panic' }, 'guest-panic', flags],
  [status(1), { said: 'guest-shutdown' }, 'guest-shutdown', flags],
  [status(0), { said: 'host-error' }, 'host-error', flags],
  [status(0), {}, 'unknown', clean],
  [status(1), {}, 'crashed', flags],
  [by('SIGKILL'), {}, 'killed', killed],
  [by('SIGKILL'), { sent: 'SIGKILL' }, 'killed', { ...killed, forced: true }],
  [by('SIGKILL'), { said: 'guest-shutdown', sent: 'SIGKILL' }, 'killed', { ...killed, forced: true }],
  [by('SIGABRT'), {}, 'crashed', flags],
  [by('SIGSEGV'), { said: 'host-qmp-quit', sent: 'SIGTERM' }, 'crashed', flags],
  [none, { said: 'guest-shutdown' }, 'guest-shutdown', clean],
  [none, { said: 'host-signal', sent: 'SIGTERM' }, 'host-signal', forced],
  [none, { sent: 'SIGKILL' }, 'killed', { ...killed, forced: true }],
  [none, { clearedUp: true }, 'unknown', clean],
  [none, {}, 'vanished', flags],
] as const)('%j, %j: %s', (end, witness, reason, verdict) => {
  expect(judgeEnd(end, { clearedUp: false, ...witness })).toEqual({ reason, ...verdict })
})

test('an end is one line', () => {
  const exit = { ...leftExit, reason: 'host-signal', left: false } as const
  expect(formatExit(exit)).toBe('host-signal')
  expect(formatExit({ ...exit, exitCode: 0 })).toBe('host-signal (exit status 0)')
  expect(formatExit({ ...exit, fault: 'EBUSY: …' })).toBe('host-signal; EBUSY: …')
})
