import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { limitLogs } from '../../../src/process/index.ts'
import { openConsoleLog, previousLog, pruneLogs, readLogTail } from '../../../src/vm/logs/log-files.ts'
import { LogFollower } from '../../../src/vm/logs/log-follower.ts'
import { launchLock, ownerLock } from '../../../src/vm/record/ownership.ts'
import { vmPaths } from '../../../src/vm/record/paths.ts'

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'logs-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

/** As the keeper does it. */
function setAside(path: string): void {
  rmSync(`${path}.1`, { force: true })
  copyFileSync(path, `${path}.1`)
}

test('a log is followed while it is set aside, each byte once', async () => {
  const path = join(directory(), 'log')
  writeFileSync(path, 'one\n')
  writeFileSync(`${path}.1`, 'zero\n')
  await using log = await LogFollower.open(path)
  expect(String(await log.first(1024))).toBe('zero\none\n')
  appendFileSync(path, 'two\n')
  expect(String(await log.next())).toBe('two\n')
  appendFileSync(path, 'three\n')
  setAside(path)
  appendFileSync(path, 'four\n')
  // It is copied, and not yet emptied.
  expect(String(await log.next())).toBe('three\nfour\n')
  truncateSync(path, 0)
  appendFileSync(path, 'five\n')
  expect(String(await log.next())).toBe('five\n')
  appendFileSync(path, 'six\n')
  setAside(path)
  truncateSync(path, 0)
  appendFileSync(path, 'seven\n')
  expect(String(await log.next())).toBe('six\nseven\n')
  expect(String(await log.next())).toBe('')
})

test('who follows a log hears of each change', async () => {
  const path = join(directory(), 'log')
  writeFileSync(path, '')
  await using log = await LogFollower.open(path)
  for (const text of ['a', 'b', 'c']) {
    const changed = log.changed()
    appendFileSync(path, text)
    await changed
    expect(String(await log.next())).toBe(text)
    // It has said itself that there may be more.
    await log.changed()
    expect(String(await log.next())).toBe('')
  }
})

test('a log is kept small while another process appends to it, and what is kept has no gap', async () => {
  const path = join(directory(), 'log')
  writeFileSync(path, '')
  const writer = spawn('sh', ['-c', `i=0; while :; do echo line $((i += 1)); done >>${path}`])
  onTestFinished(() => void writer.kill('SIGKILL'))
  const keeper = await limitLogs(writer.pid ?? 0, [{ path, maxBytes: 20_000 }])
  const setAsideAt = new Set<number>()
  await expect
    .poll(
      () => {
        const older = lstatSync(`${path}.1`, { throwIfNoEntry: false })
        if (older !== undefined) setAsideAt.add(older.mtimeMs)
        return setAsideAt.size
      },
      { interval: 10 },
    )
    .toBeGreaterThan(3)
  writer.kill('SIGKILL')
  await once(writer, 'exit')
  expect((await keeper.exited).exitCode).toBe(0)
  for (const part of [path, `${path}.1`]) expect(lstatSync(part).size).toBeLessThan(2_000_000)
  const numbers = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .slice(1, -1)
    .map((line) => Number(line.slice(5)))
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index))
})

test('the end of a log goes over both its parts', async () => {
  const path = join(directory(), 'log')
  writeFileSync(`${path}.1`, `${'x'.repeat(5000)}\nolder\n`)
  writeFileSync(path, 'latest\n')
  expect(await readLogTail(path)).toBe('older\nlatest')
  expect(await readLogTail(`${path}.none`)).toBe('')
})

test('a new run sets the log of the run before aside, and leaves what is no file alone', async () => {
  const paths = vmPaths(directory(), 'v')
  await openConsoleLog(paths, paths.consoleLog)
  writeFileSync(paths.consoleLog, 'first')
  writeFileSync(`${paths.consoleLog}.1`, 'first, earlier')
  await openConsoleLog(paths, paths.consoleLog)
  // A launch that failed has written nothing.
  writeFileSync(paths.consoleLog, '')
  await openConsoleLog(paths, paths.consoleLog)
  const previous = previousLog(paths.consoleLog)
  expect(readFileSync(previous, 'utf8')).toBe('first')
  expect(readFileSync(`${previous}.1`, 'utf8')).toBe('first, earlier')
  writeFileSync(paths.consoleLog, 'second')
  await openConsoleLog(paths, '/dev/null')
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  expect(lstatSync(paths.consoleLog).isSymbolicLink()).toBe(true)
  // A log of the VM's own does not go where an earlier one went.
  await openConsoleLog(paths, paths.consoleLog)
  expect(lstatSync(paths.consoleLog, { throwIfNoEntry: false })).toBeUndefined()
})

test('of VMs that have ended, the logs of the last are kept', async () => {
  const stateDir = directory()
  const logs = join(stateDir, '.logs')
  const make = (name: string, age: number, content = 'x') => {
    const path = join(logs, name)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    writeFileSync(join(path, 'console.log'), content)
    for (const each of [join(path, 'console.log'), path]) utimesSync(each, 1e9 - age, 1e9 - age)
  }
  for (let age = 0; age < 40; age++) make(`vm${age}`, age)
  make('alive', 1000)
  mkdirSync(join(stateDir, 'alive'), { mode: 0o700 })
  make('.strange', 1000)
  await pruneLogs(stateDir)
  const kept = Array.from({ length: 32 }, (_, age) => `vm${age}`)
  expect(readdirSync(logs).sort()).toEqual(['.strange', 'alive', ...kept].sort())
  make('vm1', 1, Buffer.alloc(33 * 1024 * 1024).toString())
  await pruneLogs(stateDir)
  expect(readdirSync(logs).sort()).toEqual(['.strange', 'alive', 'vm0'])
})

test('while the logs of a name are removed, a launch of that name waits, and finds no other owner', async () => {
  const stateDir = directory()
  const paths = vmPaths(stateDir, 'old')
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 })
  for (let index = 0; index < 3000; index++) writeFileSync(join(paths.logs, `${index}`), '')
  writeFileSync(paths.consoleLog, Buffer.alloc(33 * 1024 * 1024))
  const launch = await launchLock(paths, 'old')
  await pruneLogs(stateDir)
  expect(readdirSync(paths.logs)).toHaveLength(3001)
  launch[Symbol.dispose]()
  let isOver = false
  const over = pruneLogs(stateDir).finally(() => {
    isOver = true
  })
  while (!isOver) {
    using _ownership = await ownerLock(paths, 'old')
    await setImmediate()
  }
  await over
  using _launch = await launchLock(paths, 'old')
  expect(readdirSync(join(stateDir, '.logs'))).toEqual([])
})
