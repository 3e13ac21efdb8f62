import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { reattachVm } from 'qemu-launch'
import { describe, expect, onTestFinished, test } from 'vitest'
import { acquireLock, knock, type LockPlace } from '../../src/process/index.ts'
import { recordLock } from '../../src/vm/record/ownership.ts'
import {
  bareConfig,
  freshName,
  latch,
  recorded,
  startDisk,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const dist = new URL('../../dist/process/index.js', import.meta.url).href

/** In a directory of its own, whose path is longer than that of a socket may be. */
const aLock = (): LockPlace => ({
  directory: testDirectory(`${'long-'.repeat(20)}${freshName('locks')}`),
  name: freshName('lock'),
})

/** Another process that takes a lock, says so, says so again at each knock, and keeps it until its input ends. */
async function holder(place: LockPlace) {
  const child = contender(place)
  await once(child.stdout, 'data')
  return child
}

/** The same, which has not got the lock yet. */
function contender({ directory, name }: LockPlace) {
  const program = `
    import { acquireLock } from ${JSON.stringify(dist)}
    const [directory, name] = process.argv.slice(1)
    const lock = await acquireLock({ directory, name }, { timeoutMs: 20000 })
    lock.onKnock(() => console.log('knock'))
    console.log('held')
    const release = () => lock[Symbol.dispose]()
    process.stdin.on('data', () => { release(); console.log('let go') }).on('end', release)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, directory, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** How many stand in line for a lock. */
function waiters({ directory, name }: LockPlace): number {
  const [socket = ''] = readdirSync(join(directory, name))
  const bound = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(`/${socket}`))
  // One of them listens.
  return bound.length - 1
}

describe('a lock', () => {
  test('is held by one process at a time, and the next one waits for its turn', async () => {
    const name = aLock()
    const other = await holder(name)
    await expect(acquireLock(name, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'PROCESS_TIMEOUT' })
    await expect(acquireLock(name, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'PROCESS_TIMEOUT' })
    let turn = false
    const waiting = acquireLock(name, { timeoutMs: 20_000 }).then((lock) => {
      turn = true
      return lock
    })
    expect(turn).toBe(false)
    other.stdin.end()
    using _lock = await waiting
  })

  test('is free when its holder is killed', async () => {
    const name = aLock()
    const other = await holder(name)
    const waiting = acquireLock(name, { timeoutMs: 60_000 })
    other.kill('SIGKILL')
    using _lock = await waiting
  })

  test('lets one at a time through within a process', async () => {
    const name = aLock()
    let inside = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        using _lock = await acquireLock(name, { timeoutMs: 60_000 })
        most = Math.max(most, ++inside)
        await sleep(1)
        inside--
      }),
    )
    expect(most).toBe(1)
  })

  test('of another name is another', async () => {
    const name = aLock()
    using _one = await acquireLock(name, { timeoutMs: 0 })
    using _two = await acquireLock({ ...name, name: 'another' }, { timeoutMs: 0 })
  })
})

describe('the folder of locks', () => {
  test('is empty a moment after the last lock, after a process has ended, and what one was killed with goes with the next lock', async () => {
    const name = aLock()
    const names = () => readdirSync(name.directory)
    for (let count = 0; count < 3; count++) {
      using _one = await acquireLock(name, { timeoutMs: 0 })
      using _two = await acquireLock({ ...name, name: 'another' }, { timeoutMs: 0 })
    }
    await expect.poll(names).toEqual([])
    const other = await holder(name)
    other.stdin.end()
    await once(other, 'exit')
    expect(names()).toEqual([])
    const letGoAtExit = `
      import { acquireLock } from ${JSON.stringify(dist)}
      const lock = await acquireLock(JSON.parse(process.argv[1]), { timeoutMs: 0 })
      process.once('exit', () => lock[Symbol.dispose]())`
    const last = ['--input-type=module', '--eval', letGoAtExit, JSON.stringify(name)]
    await once(spawn(process.execPath, last, { stdio: 'inherit' }), 'exit')
    expect(names()).toEqual([])
    // As a kill leaves it in the moment between two locks.
    mkdirSync(join(name.directory, `.${other.pid?.toString(36)}.left`))
    const next = await acquireLock(name, { timeoutMs: 0 })
    next[Symbol.dispose]()
    await expect.poll(names).toEqual([])
  })

  test('may lose what is kept for the next lock', async () => {
    const name = aLock()
    const first = await acquireLock(name, { timeoutMs: 0 })
    first[Symbol.dispose]()
    for (const kept of readdirSync(name.directory)) rmSync(join(name.directory, kept), { recursive: true })
    using _lock = await acquireLock(name, { timeoutMs: 0 })
    await expect(acquireLock(name, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'PROCESS_TIMEOUT' })
  })
})

describe('what is kept for the next hold of a lock', () => {
  const nextHold = { timeoutMs: 20_000 }
  /** The stages in the folder, each with what is in it. */
  const stagesIn = ({ directory }: LockPlace) =>
    readdirSync(directory)
      .filter((name) => name.startsWith('.'))
      .map((name) => [name, readdirSync(join(directory, name))])

  test('serves it again, and lets those who wait in another process have their turn', async () => {
    const name = aLock()
    const first = await acquireLock(name, { timeoutMs: 0 })
    first[Symbol.dispose]()
    const before = stagesIn(name)
    expect(before).toEqual([[expect.any(String), [expect.any(String)]]])
    const second = await acquireLock(name, { timeoutMs: 0 })
    expect(stagesIn(name)).toEqual([])
    await expect(acquireLock(name, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'PROCESS_TIMEOUT' })
    const other = contender(name)
    const told = once(other.stdout, 'data')
    await expect.poll(() => waiters(name)).toBe(1)
    // The third hold comes before it wakes.
    other.kill('SIGSTOP')
    second[Symbol.dispose]()
    expect(stagesIn(name)).toEqual(before)
    const third = await acquireLock(name, { timeoutMs: 0 })
    third[Symbol.dispose]()
    other.kill('SIGCONT')
    await told
    await expect(acquireLock(name, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'PROCESS_TIMEOUT' })
    other.stdin.end()
    using _lock = await acquireLock(name, nextHold)
  })

  test('hears a knock in each hold, and none between two', async () => {
    const name = aLock()
    for (let count = 0; count < 2; count++) {
      const lock = await acquireLock(name, { timeoutMs: 0 })
      let knocks = 0
      lock.onKnock(() => knocks++)
      expect(knocks).toBe(0)
      await knock(name)
      await expect.poll(() => knocks).toBe(1)
      lock[Symbol.dispose]()
      await knock(name)
    }
  })

  test('is no lock when somebody has emptied it', async () => {
    const name = aLock()
    const first = await acquireLock(name, { timeoutMs: 0 })
    first[Symbol.dispose]()
    for (const [stage, [socket = ''] = []] of stagesIn(name) as [string, string[]][])
      rmSync(join(name.directory, stage, socket))
    using _lock = await acquireLock(name, { timeoutMs: 0 })
    await expect(acquireLock(name, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'PROCESS_TIMEOUT' })
    expect(readdirSync(join(name.directory, name.name))).toHaveLength(1)
  })

  test('is left alone by a second release', async () => {
    const name = aLock()
    const first = await acquireLock(name, { timeoutMs: 0 })
    first[Symbol.dispose]()
    using _second = await acquireLock(name, { timeoutMs: 0 })
    first[Symbol.dispose]()
    await expect(acquireLock(name, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'PROCESS_TIMEOUT' })
  })

  test('goes with a later lock when its process was killed, and stays when that lives in another pid namespace', async () => {
    const name = aLock()
    const other = await holder(name)
    other.stdin.write('let go')
    await once(other.stdout, 'data')
    const [[killed]] = stagesIn(name) as [[string]]
    other.kill('SIGKILL')
    await once(other, 'exit')
    const living = await acquireLock({ ...name, name: 'living' }, { timeoutMs: 0 })
    living[Symbol.dispose]()
    const [stage = ''] = stagesIn(name).flatMap(([found]) => (found === killed ? [] : [String(found)]))
    // No process here has this pid.
    const stranger = `.${(2 ** 22 + 1).toString(36)}.x`
    renameSync(join(name.directory, stage), join(name.directory, stranger))
    const before = new Date(Date.now() - 60_000)
    for (const each of [killed, stranger]) utimesSync(join(name.directory, each), before, before)
    using _lock = await acquireLock({ ...name, name: 'third' }, { timeoutMs: 0 })
    expect(stagesIn(name).map(([found]) => found)).toEqual([stranger])
  })
})

describe('an aborted wait for a lock', () => {
  test('ends at once with the reason, and leaves the lock to the others', async () => {
    const name = aLock()
    const other = await holder(name)
    const abort = new AbortController()
    const given = acquireLock(name, { timeoutMs: Number.POSITIVE_INFINITY, signal: abort.signal })
    const next = acquireLock(name, { timeoutMs: 60_000 })
    const reason = new Error('changed my mind')
    abort.abort(reason)
    await expect(given).rejects.toMatchObject({ code: 'PROCESS_ABORTED', cause: reason })
    await expect(acquireLock(name, { timeoutMs: 20_000, signal: abort.signal })).rejects.toMatchObject({
      code: 'PROCESS_ABORTED',
    })
    other.stdin.end()
    using _lock = await next
  })

  test('ends also while the holder is stopped and its line is full', async () => {
    const name = aLock()
    const other = await holder(name)
    other.kill('SIGSTOP')
    const abort = new AbortController()
    // The kernel keeps 511 that wait to be let in (the backlog of Node.js), and refuses the others.
    const waits = Array.from({ length: 600 }, () =>
      acquireLock(name, { timeoutMs: Number.POSITIVE_INFINITY, signal: abort.signal }),
    )
    const outcomes = Promise.allSettled(waits)
    await sleep(200)
    abort.abort()
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'PROCESS_ABORTED' } })
    other.kill('SIGKILL')
    using _lock = await acquireLock(name, { timeoutMs: 60_000 })
  })
})

describe('a knock', () => {
  test('is heard by the holder, also from before it listened, and leaves nothing behind', async () => {
    const name = aLock()
    await knock(name)
    using lock = await acquireLock(name, { timeoutMs: 0 })
    const first = latch()
    lock.onKnock(first.open)
    await knock(name)
    await first.opened
    const second = latch()
    lock.onKnock(second.open)
    await second.opened
    const openFiles = () => readdirSync('/proc/self/fd').length
    const before = openFiles()
    for (let count = 0; count < 50; count++) void knock(name)
    await expect.poll(openFiles).toBeLessThanOrEqual(before)
  })
})

describe('a holder with more waiters than it lets in', () => {
  test('keeps its files few, hears a knock, and lets every waiter have its turn', async () => {
    const name = { directory: testDirectory(freshName('l')), name: 'lock' }
    const other = await holder(name)
    let turns = 0
    const waiting = Array.from({ length: 300 }, async () => {
      using _lock = await acquireLock(name, { timeoutMs: 60_000 })
      turns++
    })
    const openFiles = () => readdirSync(`/proc/${other.pid}/fd`).length
    await expect.poll(openFiles).toBeGreaterThan(250)
    // They neither read nor hang up.
    const lock = join(name.directory, name.name)
    const [socket = ''] = readdirSync(lock)
    const rude = Array.from({ length: 1000 }, () => connect(join(lock, socket)))
    onTestFinished(() => rude.forEach((connection) => void connection.destroy()))
    await Promise.all(rude.map((connection) => once(connection, 'connect').catch(() => {})))
    await expect.poll(openFiles).toBeLessThan(400)
    const heard = once(other.stdout, 'data')
    await knock(name)
    expect(String(await heard)).toContain('knock')
    expect(turns).toBe(0)
    other.stdin.end()
    await Promise.all(waiting)
    expect(turns).toBe(300)
  })
})

describe('a folder of locks that was removed', () => {
  test('is made anew for those who wait, who stand in line again', async () => {
    const vm = await startVm(bareConfig(), { paused: true })
    const locks = join(stateDirectory(), '.locks')
    const first = await recordLock(vm.paths)
    let inside = 0
    let most = 0
    const waiting = Array.from({ length: 5 }, async () => {
      using _lock = await recordLock(vm.paths)
      most = Math.max(most, ++inside)
      await sleep(1)
      inside--
    })
    await sleep(20)
    rmSync(locks, { recursive: true })
    first[Symbol.dispose]()
    await Promise.all(waiting)
    expect(most).toBe(1)
    await vm.kill()
  })

  test('takes nothing from the owner: volumes come and go, and the VM is left and taken again', async () => {
    await using server = await startDisk()
    const vm = await startVm(bareConfig(), { paused: true })
    rmSync(join(stateDirectory(), '.locks'), { recursive: true })
    await vm.volumes.attach({ id: 'a', uri: server.uri })
    await vm.detach()
    const again = await reattachVm(vm.id, { stateDir: stateDirectory() })
    expect(recorded(again)).toEqual([['a', 'attached']])
    rmSync(join(stateDirectory(), '.locks'), { recursive: true })
    await again.kill()
    expect(again.state).toBe('exited')
  })
})
