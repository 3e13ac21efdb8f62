import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  cli,
  cliJson,
  cliStateDirectory,
  hasDirectory,
  jsonFile,
  type RunningCli,
  runs,
  startCli,
  until,
} from '../support/cli.ts'
import { freshName, guestConfig, startDisk, testDirectory } from '../support/vm.ts'

const id = freshName('g')
const config = jsonFile(guestConfig({ name: id, cpus: 2 }))
const open: RunningCli[] = []

afterAll(async () => {
  for (const command of open) await command[Symbol.asyncDispose]()
  if (hasDirectory(id)) await cli(['kill', id])
})

function keep(command: RunningCli): RunningCli {
  open.push(command)
  return command
}

/** By the log, since the guest may have said it before a console was open. */
const guestReady = () => {
  const log = join(cliStateDirectory(), '.logs', id, 'console.log')
  return until(() => readFileSync(log, 'utf8').includes('GUEST READY'))
}

/** The console of the guest by our own command, with input from a pipe. */
function openConsole(): RunningCli & { ask(line: string): Promise<string> } {
  const command = keep(startCli(['console', id]))
  let asked = 0
  const ask = async (line: string) => {
    const mark = `answer-${++asked}`
    // Put together by the guest, so that an echo of the line is not taken for it.
    const found = () => new RegExp(`<${mark}>([^]*)</${mark}>`).exec(command.out())?.[1]
    command.child.stdin.write(`printf '<%s>' ${mark}; ${line}; printf '</%s>' ${mark}\n`)
    await until(() => found() !== undefined, command.err)
    return (found() ?? '').trim()
  }
  return Object.assign(command, { ask })
}

const disks = "cat /sys/block/vd*/serial 2>/dev/null | tr '\\n' ' '"

test('a guest under a foreground run: console, volumes from other processes, Ctrl-C', async () => {
  const run = keep(startCli([config]))
  await until(() => run.out().includes('Ctrl-C asks the guest'), run.err)
  const { pid } = await cliJson<{ pid: number }>('status', id)
  const console = openConsole()
  await guestReady()
  expect(await console.ask('grep -c ^processor /proc/cpuinfo')).toBe('2')

  await using server = await startDisk({ socket: join(testDirectory(), 'nbd-vol-run.sock') })
  const volume = jsonFile({ id: 'vol-other', uri: server.uri, bus: 'hotplug4' })
  expect(await cliJson('attach', id, volume, '--id', 'vol-run')).toMatchObject({
    id: 'vol-run',
    port: 'hotplug4',
  })
  await until(async () => (await console.ask(disks)) === 'volrun')

  // A guest that stands still lets go of nothing.
  await cli(['qmp', id, 'stop'])
  expect((await cli(['detach', id, 'vol-run', '--wait-ms', '300'])).code).toBe(4)
  await cli(['qmp', id, 'cont'])
  // The owner ends it on the late event, or the repeat does.
  expect([0, 3]).toContain((await cli(['detach', id, 'vol-run'])).code)
  expect(await console.ask(disks)).toBe('')
  expect(await cliJson('status', id)).toMatchObject({ state: 'running', volumes: [] })

  // With its input at the end it still prints.
  const watcher = keep(startCli(['console', id]))
  watcher.child.stdin.end()
  await until(async () => {
    await console.ask('echo still-here')
    return watcher.out().includes('still-here')
  })
  watcher.child.stdout.destroy()
  await console.ask('echo more')
  await console.ask('echo and more')
  expect(await watcher.result).toMatchObject({ code: 0, err: '' })

  run.child.kill('SIGINT')
  expect(await run.result).toMatchObject({
    code: 0,
    err: expect.stringContaining(`${id} ended: guest-shutdown`),
  })
  expect(await console.result).toMatchObject({ code: 0, err: '' })
  expect(runs(pid)).toBe(false)
  expect(hasDirectory(id)).toBe(false)
})

test('a guest that was left running: console, volumes, stop', async () => {
  await cliJson('run', '--detach', config)
  const console = openConsole()
  await guestReady()
  await using server = await startDisk({ socket: join(testDirectory(), 'nbd-vol-left.sock') })
  expect((await cli(['attach', id, server.uri])).out).toBe(
    `vol-left is attached to ${id} at hotplug1; the guest finds it by serial volleft\n`,
  )
  // The console goes on although its server, the attaching process, has come and gone.
  await until(async () => (await console.ask(disks)) === 'volleft')
  expect((await cli(['detach', id, 'vol-left'])).out).toBe(`vol-left is detached from ${id}\n`)
  expect(await console.ask(disks)).toBe('')
  expect(await cliJson('stop', id)).toMatchObject({
    outcome: 'stopped',
    steps: ['system_powerdown'],
    exit: { reason: 'guest-shutdown' },
  })
  expect(await console.result).toMatchObject({ code: 0 })
  expect(hasDirectory(id)).toBe(false)
})
