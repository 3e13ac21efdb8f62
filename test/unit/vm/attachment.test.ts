import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type Attachment,
  attachmentMoves,
  type End,
  endOf,
  type Facts,
  type Move,
  next,
  type Progress,
  type Request,
} from '../../../src/vm/attachments/attachment.ts'

/** Every move, written down a second time. */
const moves = [
  'queued | present, to go, in use, overdue | set attached',
  'queued | to come | attach',
  'queued | unused, answers | wait for owner',
  'queued | gone, silent, silent with force | sever',
  'attaching | present, to go, in use, overdue | set attached',
  'attaching | to come | attach',
  'attaching | unused, answers | end',
  'attaching | gone, silent, silent with force | sever',
  'attached | present | nothing',
  'attached | to go, overdue | set detaching',
  'attached | in use | refuse',
  'attached | to come, unused, answers, gone, silent, silent with force | set removing',
  'detaching | present | wait for guest',
  'detaching | to go | ask guest',
  'detaching | in use | refuse',
  'detaching | overdue | fence',
  'detaching | to come, unused, answers | end',
  'detaching | gone, silent, silent with force | set removing',
  'removing | present, to go, in use, overdue | wait for guest',
  'removing | to come, unused, answers | end',
  'removing | silent | wait for server',
  'removing | gone, silent with force | sever',
].flatMap((line) => {
  const [phase, situations = '', move] = line.split(' | ')
  return situations.split(', ').map((situation) => `${phase} | ${situation} | ${move}`)
})

const inWords = (situation: string) => situation.replace('silent, force', 'silent with force')

test('the table has these moves and no other', () => {
  const rows = Object.entries(attachmentMoves).flatMap(([phase, by]) =>
    Object.entries(by).map(([situation, move]) => `${phase} | ${inWords(situation)} | ${move}`),
  )
  expect(rows.sort()).toEqual(moves.toSorted())
})

test('the page on volumes has the table', () => {
  const readme = readFileSync(new URL('../../../docs/volumes.md', import.meta.url), 'utf8')
  const rows = [
    ...readme.matchAll(/^\| `(queued|attaching|attached|detaching|removing)` \| ([^|]+) \| ([^|]+) \|$/gm),
  ]
  const found = rows.flatMap(([, phase, situations = '', move]) =>
    situations.split(', ').map((situation) => `${phase} | ${situation} | ${move}`),
  )
  expect(found.sort()).toEqual(moves.toSorted())
})

const absent: Facts = { device: 'absent', backend: 'connected', server: 'silent' }

const present: Facts = { device: 'present', backend: 'connected', server: 'answers' }

describe('the situation of an absent device', () => {
  test.each<[string, Partial<Attachment>, Facts, Request, Move]>([
    [
      'what is queued waits for the owner',
      { phase: 'queued' },
      { ...absent, backend: 'idle' },
      {},
      'wait for owner',
    ],
    [
      'the owner attaches it',
      { phase: 'queued' },
      { ...absent, backend: 'idle' },
      { attach: 'again' },
      'attach',
    ],
    [
      'what an earlier try has left is severed before',
      { phase: 'queued' },
      absent,
      { attach: 'again' },
      'sever',
    ],
    [
      'what is new is attached',
      { phase: 'attaching' },
      { ...absent, backend: 'absent' },
      { attach: 'new' },
      'attach',
    ],
    ['an idle backend waits for no server', {}, { ...absent, backend: 'idle' }, {}, 'end'],
    ['a backend that was cut off waits for no server', { cut: true }, absent, {}, 'end'],
    ['a severed backend waits for no server', { severed: true }, absent, {}, 'end'],
    ['a silent server is waited for', {}, absent, {}, 'wait for server'],
    ['a silent server is severed by force', {}, absent, { force: true }, 'sever'],
    ['silence of a single-client server tells nothing', { singleClient: true }, absent, {}, 'end'],
    ['force severs a single-client server too', { singleClient: true }, absent, { force: true }, 'sever'],
    ['a server that is gone is severed', {}, { ...absent, server: 'gone' }, {}, 'sever'],
  ])('%s', (_title, attachment, facts, request, move) => {
    expect(next({ phase: 'removing', ...attachment }, facts, request)).toBe(move)
  })
})

describe('the situation of a present device', () => {
  const detach = { detach: true }
  const force = { detach: true, force: true }
  test.each<[string, Partial<Attachment>, Partial<Facts>, Request, Progress, Move]>([
    [
      'without a request the guest is waited for',
      {},
      {},
      {},
      { asked: 0, isFenced: false },
      'wait for guest',
    ],
    ['a detach asks the guest', {}, {}, detach, { asked: 0, isFenced: false }, 'ask guest'],
    ['a detach asks it once', {}, {}, detach, { asked: 1, isFenced: false }, 'wait for guest'],
    ['who uses the backend keeps it', {}, { isInUse: true }, force, { asked: 0, isFenced: false }, 'refuse'],
    ['by force the guest is asked first', {}, {}, force, { asked: 0, isFenced: false }, 'ask guest'],
    ['then it is cut off', {}, {}, force, { asked: 1, isFenced: false }, 'fence'],
    ['then asked once more', {}, {}, force, { asked: 1, isFenced: true }, 'ask guest'],
    ['and no more', {}, {}, force, { asked: 2, isFenced: false }, 'wait for guest'],
    [
      'what is severed is not cut off again',
      { severed: true },
      {},
      force,
      { asked: 1, isFenced: false },
      'ask guest',
    ],
    ['a freed QEMU is cut off at once', {}, { isFreed: true }, force, { asked: 0, isFenced: false }, 'fence'],
    ['then the guest is asked', {}, { isFreed: true }, force, { asked: 0, isFenced: true }, 'ask guest'],
    ['and cut off again when it stays', {}, {}, force, { asked: 1, isFenced: false }, 'fence'],
    [
      'a file cannot be cut off',
      {},
      { backend: 'idle' },
      force,
      { asked: 1, isFenced: false },
      'wait for guest',
    ],
  ])('%s', (_title, attachment, facts, request, progress, move) => {
    expect(next({ phase: 'detaching', ...attachment }, { ...present, ...facts }, request, progress)).toBe(
      move,
    )
  })
})

test.each<[Attachment, Request, End]>([
  [{ phase: 'attaching' }, {}, 'failed'],
  [{ phase: 'attaching' }, { detach: true }, 'failed'],
  [{ phase: 'attached' }, {}, 'ejected'],
  [{ phase: 'attached' }, { detach: true }, 'detached'],
  [{ phase: 'detaching' }, {}, 'detached'],
  [{ phase: 'removing', how: 'ejected' }, { detach: true }, 'ejected'],
])('an attachment that is %o and asked %o ends as %s', (attachment, request, how) => {
  expect(endOf(attachment, request)).toBe(how)
})
