import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { outputOf } from '../../src/process/index.ts'

const timeoutMs = 20_000
const script = (text: string, limits: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  outputOf({ command: '/bin/sh', args: ['-c', text], timeoutMs, ...limits })

test('both outputs of a program are one text, and its input is at its end', async () => {
  expect(await script('echo 1.2.3; echo and more >&2; cat')).toBe('1.2.3\nand more')
})

test('a program that is not there is told as such', async () => {
  await expect(outputOf({ command: '/none/here', args: [], timeoutMs })).rejects.toMatchObject({
    code: 'PROCESS_SPAWN',
    message: 'cannot start /none/here: spawn /none/here ENOENT',
    details: { command: '/none/here', errno: 'ENOENT' },
  })
})

test('a program that fails is told with its words, whatever it printed', async () => {
  await expect(script('echo libz.so.1.2 is missing >&2; exit 127')).rejects.toMatchObject({
    code: 'PROCESS_EXITED',
    message: expect.stringContaining('exit status 127: libz.so.1.2 is missing'),
    details: { exitCode: 127, log: 'libz.so.1.2 is missing' },
  })
  await expect(script('kill -TERM $$')).rejects.toMatchObject({
    code: 'PROCESS_EXITED',
    details: { signal: 'SIGTERM' },
  })
})

test('a program that does not end is ended, deaf or not', async () => {
  const deaf = "trap '' TERM INT HUP; while :; do sleep 0.05; done"
  await expect(script(deaf, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'PROCESS_TIMEOUT' })
  // Nor is a child of its own waited for.
  const before = Date.now()
  await expect(script('sleep 15; true', { timeoutMs: 200 })).rejects.toMatchObject({
    code: 'PROCESS_TIMEOUT',
  })
  expect(Date.now() - before).toBeLessThan(14_000)
  const reason = new Error('enough')
  await expect(script(deaf, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
    code: 'PROCESS_ABORTED',
    cause: reason,
  })
  const abort = new AbortController()
  const running = script(deaf, { signal: abort.signal })
  await sleep(200)
  abort.abort()
  await expect(running).rejects.toMatchObject({ code: 'PROCESS_ABORTED' })
})
