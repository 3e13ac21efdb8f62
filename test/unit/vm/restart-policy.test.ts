import { expect, test } from 'vitest'
import {
  decideRestart,
  type RestartDecision,
  type RestartPolicy,
} from '../../../src/vm/launch/restart-policy.ts'

const crash = { clean: false, forced: false, killed: false, asked: false }
const inOrder = { ...crash, clean: true }
const quit = { ...crash, forced: true }
const killed = { ...crash, forced: true, killed: true }
const now = 1_000_000
const again = (delayMs: number, attempt: number): RestartDecision => ({ restart: true, delayMs, attempt })
const leave: RestartDecision = { restart: false, why: 'not-needed' }
const giveUp: RestartDecision = { restart: false, why: 'gave-up' }

test.each<[string, RestartPolicy, typeof crash, number[], RestartDecision]>([
  ['a first crash', {}, crash, [], again(1_000, 1)],
  ['a second', {}, crash, [now - 5], again(2_000, 2)],
  ['a third', {}, crash, [now - 9, now - 5], again(4_000, 3)],
  ['one too many', {}, crash, [now - 5, now - 4, now - 3, now - 2, now - 1], giveUp],
  ['those before are forgotten', {}, crash, [0, 1, 2, 3, 4, now - 1].map((at) => at - 1), again(2_000, 2)],
  ['exactly a window ago', { windowMs: 100 }, crash, [now - 100], again(1_000, 1)],
  ['just within the window', { windowMs: 100 }, crash, [now - 99], again(2_000, 2)],
  ['an end in order', {}, inOrder, [], leave],
  ['an end in order, under crash', { on: 'crash' }, inOrder, [], leave],
  ['an end in order, under always', { on: 'always' }, inOrder, [], again(1_000, 1)],
  ['an end by quit', {}, quit, [], leave],
  ['an end by quit, under always', { on: 'always' }, quit, [], again(1_000, 1)],
  ['a kill', {}, killed, [], again(1_000, 1)],
  ['a shutdown that had to kill', {}, { ...killed, asked: true }, [], leave],
  ['a crash, under always', { on: 'always' }, crash, [], again(1_000, 1)],
  ['never', { maxRestarts: 0 }, crash, [], giveUp],
  ['a cap', { backoff: { maxMs: 1_500 } }, crash, [now - 1], again(1_500, 2)],
  ['a factor', { backoff: { initialMs: 10, factor: 3 } }, crash, [now - 2, now - 1], again(90, 3)],
  ['no pause', { backoff: { initialMs: 0 } }, crash, [now - 1], again(0, 2)],
])('%s', (_what, policy, exit, restartedAt, decision) => {
  expect(decideRestart(policy, exit, restartedAt, now)).toEqual(decision)
})
