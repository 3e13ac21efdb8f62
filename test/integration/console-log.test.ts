import { once } from 'node:events'
import { existsSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { followLogs, killVm, launchVm, listVms, readLogs, reattachVm } from 'qemu-launch'
import { afterEach, expect, test } from 'vitest'
import { sayingImage, sectorConfig } from '../support/boot-sector.ts'
import { cli, startCli } from '../support/cli.ts'
import { startElsewhere } from '../support/elsewhere.ts'
import { bareConfig, freshName, isRunning, stateDirectory, testDirectory } from '../support/vm.ts'

const stateDir = stateDirectory()
const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

const kib = 1024

function ended(id: string): string {
  cleanups.push(() => killVm(id, { stateDir }))
  return id
}

/** A guest that says this and powers down. */
const saying = (name: string, text: string, console: object = {}) =>
  bareConfig({
    name,
    drives: [{ id: 'os', source: { type: 'file', path: sayingImage(text) }, format: 'raw' }],
    ...(Object.keys(console).length === 0 ? {} : { console }),
  })

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Watches a log until it has been set aside so many times, and tells how much of it there ever was. */
async function mostOf(path: string, times: number): Promise<number> {
  const seen = new Set<string>()
  let most = 0
  await expect
    .poll(
      () => {
        const older = lstatSync(`${path}.1`, { throwIfNoEntry: false })
        if (older !== undefined) seen.add(`${older.ino} ${older.mtimeMs}`)
        most = Math.max(most, sizeOf(path) + sizeOf(`${path}.1`))
        return seen.size
      },
      { timeout: 90_000, interval: 20 },
    )
    .toBeGreaterThanOrEqual(times)
  return most
}

/** The process that keeps the logs of a VM small. */
const keeperOf = (id: string): number | undefined =>
  JSON.parse(readFileSync(join(stateDir, id, 'state.json'), 'utf8')).logKeeper?.pid

test('a guest that floods its console fills no more than its limit, whatever becomes of its owner', async () => {
  const name = ended(freshName('flood'))
  const serial = join(testDirectory(), `${name}.serial`)
  const config = sectorConfig('floods', {
    name,
    console: { logLimitKiB: 64 },
    serials: [{ logFile: serial, logLimitKiB: 32 }],
  })
  const program = `
    const { launchVm } = await import('qemu-launch')
    const vm = await launchVm(config, { stateDir })
    process.stdout.write(vm.paths.consoleLog + '\\n')
    setInterval(() => {}, 1000)`
  const owner = startElsewhere(program, { config, stateDir }, 'pipe')
  cleanups.push(async () => void owner.kill('SIGKILL'))
  if (owner.stdout === null) throw new Error('it has no output')
  const [log]: string[] = await once(createInterface(owner.stdout), 'line')
  if (log === undefined) throw new Error('it said nothing')
  // The limit, and what the guest says while a busy machine sets the log aside; it says far more in all.
  const atMost = 256 * kib
  await expect.poll(() => keeperOf(name), { timeout: 60_000 }).toBeDefined()
  // A hung owner holds up neither the guest nor what keeps its log small.
  owner.kill('SIGSTOP')
  expect(await mostOf(log, 2)).toBeLessThan(atMost)
  expect(await mostOf(serial, 2)).toBeLessThan(atMost)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  expect(await mostOf(log, 2)).toBeLessThan(atMost)

  // What keeps it small is killed too: its owner starts it again, but not for ever.
  let before = keeperOf(name)
  const vm = await reattachVm(name, { stateDir })
  const told = new Promise((resolve) => vm.on('VM_LOG_UNLIMITED', resolve))
  for (let kills = 0; kills < 5; kills++) {
    await expect
      .poll(() => keeperOf(name) !== before && isRunning(keeperOf(name) ?? 0), { timeout: 60_000 })
      .toBe(true)
    before = keeperOf(name)
    process.kill(before ?? 0, 'SIGKILL')
  }
  await told
  await vm.leave()
  const again = await reattachVm(name, { stateDir })
  expect(await mostOf(log, 2)).toBeLessThan(atMost)
  expect((await again.kill()).consoleLog).toBe(log)
}, 400_000)

test('the log of a VM that powered down is there, of the run before too, until its name is used again', async () => {
  const name = ended(freshName('said'))
  const first = await launchVm(saying(name, 'first\n'), { stateDir })
  const exit = await first.exited
  expect(exit).toMatchObject({ reason: 'guest-shutdown', clean: true, consoleLog: first.paths.consoleLog })
  expect(exit.console).toMatch(/first$/)
  expect(existsSync(first.paths.dir)).toBe(false)
  expect((await listVms({ stateDir })).filter(({ id }) => id.startsWith('.') || id === name)).toEqual([])
  expect(await readLogs(name, { stateDir })).toMatchObject({
    path: first.paths.consoleLog,
    text: expect.stringMatching(/first\n$/),
  })
  await expect(readLogs(name, { stateDir, previous: true })).rejects.toMatchObject({ code: 'VM_NOT_FOUND' })

  // A launch that fails takes nothing away.
  await expect(
    launchVm(saying(name, '', { socket: '/nonexistent/socket' }), { stateDir }),
  ).rejects.toMatchObject({
    code: 'VM_LAUNCH',
  })
  // What a guest says goes to no terminal as it is.
  const second = await launchVm(saying(name, '\x1b]0;owned\x07\x1b[31mred\x1b[0m\x9b2J\x08\ttwo\r\nthree'), {
    stateDir,
  })
  expect(await second.exited).toMatchObject({ clean: true })
  const words = ['--state-dir', stateDir]
  expect(await cli([...words, 'logs', name])).toMatchObject({
    code: 0,
    out: 'red2J\ttwo\nthree',
  })
  expect(await cli([...words, 'logs', name, '--lines', '1'])).toMatchObject({ code: 0, out: 'three' })
  expect(await cli([...words, 'logs', name, '--previous', '--lines', '1'])).toMatchObject({ out: 'first\n' })
  const { out } = await cli([...words, 'logs', name, '--json'])
  expect(JSON.parse(out)).toMatchObject({ vm: name, path: second.paths.consoleLog })
  expect(await cli([...words, 'logs', freshName('none')])).toMatchObject({ code: 3 })
  expect(await cli([...words, 'logs', name, '--previous', '--follow'])).toMatchObject({ code: 2 })
}, 240_000)

test('a log at a place of its own is kept over starts and found after the end', async () => {
  const name = ended(freshName('own'))
  const logFile = join(testDirectory(), `${name}.log`)
  writeFileSync(logFile, 'of somebody before\n')
  for (const text of ['first\n', 'second\n']) {
    const vm = await launchVm(saying(name, text, { logFile }), { stateDir, paused: true })
    expect(vm.paths.consoleLog).toBe(logFile)
    await vm.resume()
    expect(await vm.exited).toMatchObject({ clean: true, consoleLog: logFile })
  }
  expect(readFileSync(logFile, 'utf8')).toMatch(/second\n$/)
  expect(await readLogs(name, { stateDir, previous: true })).toMatchObject({
    path: `${logFile}.previous`,
    text: expect.stringMatching(/first\n$/),
  })
  expect(await readLogs(name, { stateDir })).toMatchObject({ path: logFile })
})

test('a log is followed until its VM ends', async () => {
  const name = ended(freshName('follow'))
  const vm = await launchVm(saying(name, 'to whoever follows\n'), { stateDir, paused: true })
  const heard = (async () => {
    let text = ''
    for await (const more of followLogs(name, { stateDir })) text += more
    return text
  })()
  await using command = startCli(['--state-dir', stateDir, 'logs', name, '--follow', '--lines', '9'])
  const stop = new AbortController()
  const stopped = (async () => {
    for await (const _ of followLogs(name, { stateDir, signal: stop.signal }));
  })()
  stop.abort()
  await stopped
  await vm.resume()
  expect(await vm.exited).toMatchObject({ clean: true })
  expect(await heard).toMatch(/to whoever follows\n$/)
  expect(await command.result).toMatchObject({ code: 0, out: expect.stringMatching(/to whoever follows\n$/) })
})
