import { describe, expect, test } from 'vitest'
import {
  lifeAfter,
  lifeEnded,
  lifeOf,
  movesState,
  type VmLife,
  type VmState,
  vmMoves,
} from '../../../src/vm/life/lifecycle.ts'

const states: readonly VmState[] = [
  ...(['prelaunch', 'running', 'paused', 'suspended', 'panicked', 'stopping', 'exited'] as const),
]

/** Every move, written down a second time. */
const moves: readonly string[] = [
  'prelaunch RESUME running',
  'prelaunch STOP paused',
  'prelaunch SHUTDOWN stopping',
  'prelaunch END exited',
  'running STOP paused',
  'running SUSPEND suspended',
  'running GUEST_PANICKED panicked',
  'running SHUTDOWN stopping',
  'running END exited',
  'paused RESUME running',
  'paused RESET prelaunch',
  'paused SHUTDOWN stopping',
  'paused END exited',
  'suspended WAKEUP running',
  'suspended STOP paused',
  'suspended RESET prelaunch',
  'suspended SHUTDOWN stopping',
  'suspended END exited',
  'panicked RESUME running',
  'panicked RESET prelaunch',
  'panicked SHUTDOWN stopping',
  'panicked END exited',
  'stopping RESET prelaunch',
  'stopping END exited',
]

const events = [
  ...Object.keys(vmMoves),
  ...['BLOCK_IO_ERROR', 'WATCHDOG', 'GUEST_CRASHLOADED', 'POWERDOWN', 'DEVICE_DELETED', 'NO_SUCH_EVENT'],
  ...['constructor', 'toString', '__proto__'],
]

const at = (state: VmState): VmLife => ({ state, reason: 'before' })

test('the table has these moves and no other', () => {
  const found = states.flatMap((from) =>
    events.flatMap((event) => {
      const life = at(from)
      const after = event === 'END' ? lifeEnded(life, 'x') : lifeAfter(life, { event, data: {} })
      if (after.state === from) {
        expect(after).toBe(life)
        return []
      }
      return [`${from} ${event} ${after.state}`]
    }),
  )
  expect(found.sort()).toEqual([...moves].sort())
})

test('QEMU has no event END', () => {
  expect(lifeAfter(at('running'), { event: 'END', data: {} }).state).toBe('running')
  expect(movesState('END')).toBe(false)
  expect(movesState('STOP')).toBe(true)
})

test('the page about the life of a VM has the table', async () => {
  const { readFileSync } = await import('node:fs')
  const readme = readFileSync(new URL('../../../docs/life.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)`(?: [^|]*)? \| ([^|]+) \| `([a-z]+)` \|/gm)].flatMap(
    ([, event, from = '', to]) =>
      [...from.matchAll(/`([a-z]+)`/g)].map(([, state]) => `${state} ${event} ${to}`),
  )
  expect(rows.sort()).toEqual(moves.filter((move) => !/ END /.test(move)).sort())
})

describe('the reason', () => {
  const after = (from: VmState, ...seen: [string, object?][]) =>
    seen.reduce<VmLife>(
      (life, [event, data = {}]) => lifeAfter(life, { event, data: data as Record<string, string> }),
      at(from),
    )

  test.each([
    ['running', [['STOP']], 'paused', 'stop'],
    ['paused', [['RESUME']], 'running', 'resume'],
    ['running', [['BLOCK_IO_ERROR', { action: 'stop' }], ['STOP']], 'paused', 'io-error'],
    ['running', [['BLOCK_IO_ERROR', { action: 'report' }], ['STOP']], 'paused', 'stop'],
    ['running', [['WATCHDOG', { action: 'pause' }], ['STOP']], 'paused', 'watchdog'],
    ['running', [['WATCHDOG', { action: 'none' }], ['STOP']], 'paused', 'stop'],
    ['paused', [['BLOCK_IO_ERROR', { action: 'stop' }], ['RESUME'], ['STOP']], 'paused', 'stop'],
    ['running', [['GUEST_PANICKED', { action: 'pause' }], ['STOP']], 'panicked', 'guest-panicked'],
    ['running', [['GUEST_PANICKED', { action: 'run' }]], 'running', 'before'],
    ['running', [['GUEST_CRASHLOADED', { action: 'run' }]], 'running', 'before'],
    [
      'running',
      [
        ['GUEST_PANICKED', { action: 'poweroff' }],
        ['SHUTDOWN', { reason: 'guest-panic' }],
      ],
      'stopping',
      'guest-panic',
    ],
    ['running', [['SUSPEND'], ['STOP'], ['RESUME'], ['WAKEUP']], 'running', 'wakeup'],
    ['suspended', [['STOP'], ['RESUME']], 'suspended', 'resume'],
    ['suspended', [['STOP'], ['RESUME'], ['WAKEUP'], ['STOP'], ['RESUME']], 'running', 'resume'],
    ['suspended', [['STOP'], ['RESET'], ['RESUME']], 'running', 'resume'],
    ['running', [['RESET', { reason: 'guest-reset' }]], 'running', 'before'],
    ['paused', [['RESET', { reason: 'host-qmp-system-reset' }]], 'prelaunch', 'host-qmp-system-reset'],
    ['running', [['SHUTDOWN', { reason: 'guest-shutdown' }], ['STOP']], 'stopping', 'guest-shutdown'],
  ] as [VmState, [string, object?][], VmState, string][])('%s, %j: %s (%s)', (from, seen, state, reason) => {
    expect(after(from, ...seen)).toMatchObject({ state, reason })
  })
})

test('what QEMU said of its end counts until it is reset', () => {
  const after = (life: VmLife, event: string, reason?: string) =>
    lifeAfter(life, { event, data: reason === undefined ? {} : { reason } })
  const asked = after(at('running'), 'SHUTDOWN', 'guest-shutdown')
  expect(asked.endCause).toBe('guest-shutdown')
  // With -no-shutdown: QEMU stays and is ended later, which says nothing of the guest, or the guest begins anew.
  const stays = after(asked, 'STOP')
  expect(after(stays, 'SHUTDOWN', 'host-qmp-quit')).toMatchObject({
    state: 'stopping',
    reason: 'guest-shutdown',
    endCause: 'guest-shutdown',
    isDown: true,
  })
  const reset = after(stays, 'RESET', 'host-qmp-system-reset')
  expect(reset.endCause).toBeUndefined()
  expect(after(reset, 'RESUME').endCause).toBeUndefined()
})

test.each([
  ['running', 'running'],
  ['prelaunch', 'prelaunch'],
  ['inmigrate', 'prelaunch'],
  ['paused', 'paused'],
  ['io-error', 'paused'],
  ['watchdog', 'paused'],
  ['internal-error', 'paused'],
  ['suspended', 'suspended'],
  ['guest-panicked', 'panicked'],
  ['shutdown', 'stopping'],
  ['a word of tomorrow', 'paused'],
])('%s of query-status is %s', (status, state) => {
  expect(lifeOf(status)).toMatchObject({ state, reason: status })
})
