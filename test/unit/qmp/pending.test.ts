import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FailedCall } from '../../../src/qmp/call-error.ts'
import { PendingCalls } from '../../../src/qmp/pending.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What has been written, and how each call ended. */
function setUp(window?: number) {
  const writes: string[] = []
  const link = {
    isBlocked: false,
    write: (text: string) => writes.push(text) > 0,
    giveUp: (unanswered: number) => writes.push(`gave up on ${unanswered}`),
  }
  const pending = new PendingCalls(link, window)
  const outcomes = new Map<string, unknown[]>()
  const start = (command: string, options = {}, oob = false) => {
    const seen: unknown[] = []
    outcomes.set(command, seen)
    void pending.start({ command, args: undefined, oob }, options).then((outcome) => seen.push(outcome))
  }
  const outcome = (command: string) => {
    const [first] = outcomes.get(command) ?? []
    return first instanceof FailedCall ? first.fault : first
  }
  const sent = () =>
    writes
      .join('')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  return { link, pending, writes, outcomes, outcome, start, sent }
}

const turn = () => vi.advanceTimersByTimeAsync(0)

test.each<[string, (made: ReturnType<typeof setUp>) => void]>([
  ['an aborted signal', ({ start }) => start('late', { signal: AbortSignal.abort() })],
  [
    'arguments that are none',
    ({ pending }) =>
      expect(() => pending.start({ command: 'x', args: 5, oob: false })).toThrow('must be an object'),
  ],
])('a call refused for %s does not hide an older one', async (_why, refuse) => {
  const made = setUp()
  const { link, outcome, pending, start } = made
  link.write = () => true
  start('slow')
  await turn()
  for (let id = 2; id <= 16; id++) {
    start(`quick ${id}`)
    await turn()
    pending.answer(id, {})
  }
  refuse(made)
  start('last')
  await turn()
  pending.answerOldest('the oldest')
  await turn()
  expect(outcome('slow')).toBe('the oldest')
  pending.close(undefined)
  await turn()
  expect(outcome('last')).toMatchObject({ kind: 'closed' })
})

describe('writing', () => {
  test('the calls of one turn leave in one write, compact and each with an id', async () => {
    const { start, writes } = setUp()
    start('a')
    start('b')
    await turn()
    start('c')
    await turn()
    expect(writes).toEqual(['{"execute":"a","id":1}\n{"execute":"b","id":2}\n', '{"execute":"c","id":3}\n'])
  })

  test('a call aborted in the turn it was made is never written', async () => {
    const { start, writes, outcome } = setUp()
    const controller = new AbortController()
    start('a', { signal: controller.signal })
    controller.abort('why')
    await turn()
    expect(writes).toEqual([])
    expect(outcome('a')).toEqual({ kind: 'aborted', reason: 'why', sent: false })
  })

  test('what was not written when the link drops is told apart', async () => {
    const { start, pending, outcome } = setUp()
    start('a')
    await turn()
    start('b')
    pending.close(undefined)
    start('c')
    await turn()
    expect(outcome('a')).toMatchObject({ kind: 'closed', sent: true })
    expect(outcome('b')).toMatchObject({ kind: 'closed', sent: false })
    expect(outcome('c')).toMatchObject({ kind: 'closed', sent: false })
  })
})

describe('ids', () => {
  const ids = (sent: { id: number }[]) => sent.map(({ id }) => id)

  test('stay short while calls come one by one, and are unique among those under way', async () => {
    const { start, pending, sent } = setUp()
    for (let count = 1; count <= 20; count++) {
      start(`a${count}`)
      await turn()
      pending.answer(sent().at(-1)?.id, {})
    }
    expect(ids(sent())).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2])
    for (let count = 1; count <= 30; count++) start(`b${count}`)
    await turn()
    expect(new Set(ids(sent()).slice(20)).size).toBe(30)
  })

  test('are not used again once a command was given up as never answered', async () => {
    const { start, pending, sent } = setUp()
    start('lost', { timeoutMs: 5 })
    start('next')
    await turn()
    await vi.advanceTimersByTimeAsync(10)
    pending.answer(2, {})
    for (let count = 1; count <= 10; count++) {
      start(`a${count}`)
      await turn()
      pending.answer(sent().at(-1)?.id, {})
    }
    expect(ids(sent()).at(-1)).toBe(12)
  })
})

describe('answers', () => {
  test('go to their id in any order; unknown ids are dropped', async () => {
    const { start, pending, outcome } = setUp()
    start('a')
    start('b')
    await turn()
    pending.answer(99, 'stray')
    pending.answer('1', 'stray')
    pending.answer(undefined, 'stray')
    pending.answer(2, 'B')
    pending.answer(1, 'A')
    await turn()
    expect([outcome('a'), outcome('b')]).toEqual(['A', 'B'])
  })

  test('an error without id goes to the oldest in-band command, an abandoned one included', async () => {
    const { start, pending, outcome } = setUp()
    start('oob', {}, true)
    start('slow', { timeoutMs: 10 })
    start('b')
    await turn()
    await vi.advanceTimersByTimeAsync(20)
    expect(outcome('slow')).toMatchObject({ kind: 'timeout', sent: true })
    pending.answerOldest('for slow')
    await turn()
    expect(outcome('b')).toBeUndefined()
    pending.answerOldest('for b')
    await turn()
    expect(outcome('b')).toBe('for b')
    expect(outcome('oob')).toBeUndefined()
    pending.answerOldest('for nobody')
  })

  test('a late answer is ignored', async () => {
    const { start, pending, outcomes } = setUp()
    start('a', { timeoutMs: 5 })
    await turn()
    await vi.advanceTimersByTimeAsync(10)
    pending.answer(1, 'late')
    await turn()
    expect(outcomes.get('a')).toHaveLength(1)
  })
})

describe('the window of out-of-band mode', () => {
  test('holds back in-band calls, never out-of-band ones, and counts abandoned ones', async () => {
    const { start, pending, sent } = setUp(2)
    for (const command of ['a', 'b', 'c', 'd']) start(command, { timeoutMs: 50 })
    start('yank', {}, true)
    await turn()
    expect(sent().map((line) => line.execute ?? line['exec-oob'])).toEqual(['a', 'b', 'yank'])
    await vi.advanceTimersByTimeAsync(60)
    // c and d timed out unsent; a and b still occupy QEMU.
    start('e')
    await turn()
    expect(sent()).toHaveLength(3)
    pending.answer(1, {})
    await turn()
    expect(
      sent()
        .map((line) => line.execute)
        .at(-1),
    ).toBe('e')
  })

  test('goes on past an abandoned command that was never answered', async () => {
    const { start, pending, sent } = setUp(2)
    start('lost', { timeoutMs: 5 })
    start('b')
    await turn()
    await vi.advanceTimersByTimeAsync(10)
    pending.answer(2, {})
    for (const command of ['c', 'd']) start(command)
    await turn()
    expect(sent()).toHaveLength(4)
  })
})

describe('time', () => {
  test('many deadlines share a timer, and none is left behind', async () => {
    const { start, pending } = setUp()
    for (let index = 0; index < 100; index++) start(`a${index}`, { timeoutMs: 1000 })
    await turn()
    expect(vi.getTimerCount()).toBe(1)
    for (let id = 1; id <= 100; id++) pending.answer(id, {})
    await turn()
    pending.close(undefined)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('lengths that differ each time leave no timer each', async () => {
    const { start, pending } = setUp()
    for (let id = 1; id <= 100; id++) {
      start(`a${id}`, { timeoutMs: 1000 + id / 7 })
      await turn()
      pending.answer(((id - 1) % 9) + 1, {})
    }
    expect(vi.getTimerCount()).toBeLessThan(10)
    await vi.advanceTimersByTimeAsync(2000)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('each ends at its own time', async () => {
    const { start, outcome } = setUp()
    start('long', { timeoutMs: 100 })
    start('short', { timeoutMs: 10 })
    await vi.advanceTimersByTimeAsync(50)
    start('later', { timeoutMs: 100 })
    expect(outcome('short')).toMatchObject({ kind: 'timeout' })
    expect(outcome('long')).toBeUndefined()
    await vi.advanceTimersByTimeAsync(60)
    expect(outcome('long')).toMatchObject({ kind: 'timeout', timeoutMs: 100 })
    expect(outcome('later')).toBeUndefined()
    await vi.advanceTimersByTimeAsync(60)
    expect(outcome('later')).toMatchObject({ kind: 'timeout' })
  })
})

test('whatever the order of answer, abort, timeout and close, each call settles once', async () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('start' as const),
      timeoutMs: fc.option(fc.integer({ min: 1, max: 30 })),
      oob: fc.boolean(),
    }),
    fc.record({ do: fc.constantFrom('answer' as const, 'abort' as const), which: fc.nat(20) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(20) }),
    fc.record({ do: fc.constantFrom('oldest' as const, 'turn' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.option(fc.integer({ min: 1, max: 3 })),
      async (steps, window) => {
        const { pending, start, outcomes } = setUp(window ?? undefined)
        const controllers: AbortController[] = []
        for (const action of steps) {
          if (action.do === 'start') {
            const controller = new AbortController()
            controllers.push(controller)
            const timeoutMs = action.timeoutMs ?? undefined
            start(`c${controllers.length}`, { signal: controller.signal, timeoutMs }, action.oob)
          } else if (action.do === 'answer') pending.answer(action.which, action.which)
          else if (action.do === 'abort') controllers[action.which]?.abort()
          else if (action.do === 'wait') await vi.advanceTimersByTimeAsync(action.ms)
          else if (action.do === 'oldest') pending.answerOldest('error')
          else await turn()
        }
        pending.close(undefined)
        for (let id = 1; id <= controllers.length; id++) pending.answer(id, 'late')
        for (const controller of controllers) controller.abort()
        await vi.advanceTimersByTimeAsync(100)
        for (const seen of outcomes.values()) expect(seen).toHaveLength(1)
        expect(vi.getTimerCount()).toBe(0)
      },
    ),
    { numRuns: 300 },
  )
})

describe('the stall clock', () => {
  test('starts when a command is at the head of the line, and not again', async () => {
    const { pending, start } = setUp()
    const stalled: string[] = []
    const stalling = (name: string, stallMs: number) =>
      start(name, { stallMs, onStall: () => stalled.push(name) })
    start('before')
    stalling('first', 100)
    stalling('second', 100)
    start('oob', {}, true)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(stalled).toEqual([])
    pending.answer(1, {})
    await vi.advanceTimersByTimeAsync(99)
    pending.answer(4, {})
    expect(stalled).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(stalled).toEqual(['first'])
    await vi.advanceTimersByTimeAsync(1_000)
    pending.answer(2, {})
    await vi.advanceTimersByTimeAsync(99)
    pending.answer(3, {})
    await vi.advanceTimersByTimeAsync(1_000)
    expect(stalled).toEqual(['first'])
  })

  test('counts a command that nobody waits for any more as long as QEMU works on it', async () => {
    const { outcome, pending, start } = setUp()
    const stalled: string[] = []
    start('given up', { timeoutMs: 10, stallMs: 50, onStall: () => stalled.push('given up') })
    start('next', { stallMs: 50, onStall: () => stalled.push('next') })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(outcome('given up')).toMatchObject({ kind: 'timeout' })
    expect(stalled).toEqual([])
    pending.answer(1, {})
    await vi.advanceTimersByTimeAsync(50)
    expect(stalled).toEqual(['next'])
  })

  test('does not run for what is held back, or waits for a side that does not read, or after the end', async () => {
    const { link, pending, start } = setUp(1)
    const stalled: string[] = []
    const stalling = (name: string) => start(name, { stallMs: 50, onStall: () => stalled.push(name) })
    link.isBlocked = true
    stalling('unread')
    stalling('held')
    await vi.advanceTimersByTimeAsync(1_000)
    link.isBlocked = false
    pending.flush()
    await vi.advanceTimersByTimeAsync(49)
    pending.answer(1, {})
    await vi.advanceTimersByTimeAsync(49)
    pending.close(undefined)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(stalled).toEqual([])
    expect(() => pending.start({ command: 'x', args: undefined, oob: false }, { stallMs: -1 })).toThrow(
      'stallMs must be',
    )
  })
})
