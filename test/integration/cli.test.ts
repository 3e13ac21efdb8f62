import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  cli,
  cliJson,
  cliStateDirectory,
  hasDirectory,
  jsonFile,
  runs,
  startCli,
  stateOf,
  until,
} from '../support/cli.ts'
import { bareConfig, freshName, startDisk, testDirectory } from '../support/vm.ts'

interface Started {
  readonly id: string
  readonly pid: number
  readonly state: string
  readonly dir: string
}

const made: string[] = []

/** A VM without a guest, left running. */
async function start(config = bareConfig()): Promise<Started> {
  made.push(config.name)
  return cliJson<Started>('run', '--detach', jsonFile(config))
}

afterEach(async () => {
  for (const id of made.splice(0)) if (hasDirectory(id)) await cli(['kill', id])
})

describe('before anything runs', () => {
  test('render and plan need neither QEMU nor a place for VMs', async () => {
    const env = { PATH: '/nonexistent', QEMU_LAUNCH_STATE_DIR: undefined, XDG_RUNTIME_DIR: undefined }
    const hive = readFileSync(new URL('../golden/argv/hive-after.json', import.meta.url), 'utf8')
    const golden = readFileSync(new URL('../golden/argv/hive-after.argv', import.meta.url), 'utf8')
    expect(await cli(['render', '-', '--format', 'lines'], { env, input: hive })).toEqual({
      code: 0,
      out: golden,
      err: '',
    })
    expect((await cli(['plan', 'detach', 'a'], { env })).code).toBe(0)
  })

  test('what cannot be written is told, and ends with 1', () => {
    const full = openSync('/dev/full', 'w')
    onTestFinished(() => closeSync(full))
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
    for (const words of [
      ['schema', 'config'],
      ['plan', 'detach', 'a'],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [main, ...words], {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      })
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringMatching(/^qemu-launch: standard output cannot be written: ENOSPC/),
      })
    }
  })

  test('the console of a VM whose state cannot be read is not said to have ended', async () => {
    const id = freshName('v')
    mkdirSync(join(cliStateDirectory(), id), { recursive: true })
    onTestFinished(() => rmSync(join(cliStateDirectory(), id), { recursive: true }))
    writeFileSync(join(cliStateDirectory(), id, 'state.json'), '{}')
    expect(await cli(['console', id, '--json'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/"code":"VM_STATE".*cannot be understood/),
    })
  })

  test('a dry run prints the whole command line and starts nothing', async () => {
    const config = bareConfig()
    const { code, out } = await cli(['run', '--dry-run', jsonFile(config)], { env: { PATH: '/nonexistent' } })
    expect(code).toBe(0)
    expect(out).toMatch(/^qemu-system-x86_64 .*-accel tcg\b.*pcie-root-port,id=hotplug11,.*guest=/)
    expect(hasDirectory(config.name)).toBe(false)
    const words = await cliJson<string[]>('run', '--dry-run', jsonFile(config))
    expect(words).toContain(`guest=${config.name},debug-threads=on`)
  })

  test('what is not there ends with 3', async () => {
    for (const words of [
      ...['status', 'stop', 'kill', 'console', 'events'].map((command) => [command, 'nobody']),
      ['attach', 'nobody', 'nbd:unix:/none/nbd-a.sock'],
      ['detach', 'nobody', 'a'],
      ['qmp', 'nobody', 'query-status'],
    ]) {
      const { code, out, err } = await cli([...words, '--json'])
      expect({ code, out, error: JSON.parse(err) }, words.join(' ')).toMatchObject({
        code: 3,
        out: '',
        error: {
          code: 'VM_NOT_FOUND',
          details: { vm: 'nobody', hint: expect.stringContaining('qemu-launch list') },
        },
      })
    }
  })

  test('a QEMU that refuses is told with its own words, and nothing is left', async () => {
    const config = bareConfig({ extraArgs: ['-device', 'nope'] })
    const { code, err } = await cli(['run', '--detach', '--json', jsonFile(config)])
    expect(code).toBe(1)
    const error = JSON.parse(err)
    expect(error).toMatchObject({ code: 'VM_LAUNCH', details: { vm: config.name, exit: { exitCode: 1 } } })
    expect(error.message).toContain("'nope' is not a valid device model name")
    expect(error.details.argv).toContain('nope')
    expect(hasDirectory(config.name)).toBe(false)
  })

  test('a QEMU that is not there is told as such, with what names its package', async () => {
    const config = bareConfig()
    const { code, err } = await cli(['run', '--detach', jsonFile(config)], { env: { PATH: '/nonexistent' } })
    expect(code).toBe(1)
    expect(err).toMatch(/ENOENT\nTry: qemu-launch doctor /)
    expect(hasDirectory(config.name)).toBe(false)
  })

  test('a directory that is not a VM is not taken away', async () => {
    mkdirSync(join(cliStateDirectory(), 'mine'), { recursive: true })
    writeFileSync(join(cliStateDirectory(), 'mine', 'thesis.txt'), 'years')
    for (const words of [
      ['kill', 'mine'],
      ['stop', 'mine'],
      ['run', jsonFile(bareConfig({ name: 'mine' }))],
    ]) {
      const { code, err } = await cli(words)
      expect(code, words.join(' ')).toBe(1)
      expect(err).toContain('thesis.txt')
    }
    expect(readFileSync(join(cliStateDirectory(), 'mine', 'thesis.txt'), 'utf8')).toBe('years')
  })
})

describe('a VM that was left running', () => {
  test('is there in list and status, by either way to say where', async () => {
    const { id, pid, dir } = await start()
    expect(runs(pid)).toBe(true)
    expect(dir).toBe(join(cliStateDirectory(), id))
    const listed = await cliJson<Started[]>('list')
    expect(listed.find((vm) => vm.id === id)).toMatchObject({ pid, state: 'running', volumes: [] })
    expect((await cli(['list'])).out).toMatch(
      new RegExp(`^NAME +STATE +PID +VOLUMES\\n(.*\\n)*${id} +running +${pid} +-\\n`),
    )
    const elsewhere = testDirectory('other')
    expect((await cli(['status', id, '--state-dir', elsewhere])).code).toBe(3)
    const env = { QEMU_LAUNCH_STATE_DIR: elsewhere }
    expect((await cli(['--state-dir', cliStateDirectory(), 'status', id], { env })).code).toBe(0)
    expect(await cliJson('status', id)).toMatchObject({ id, pid, state: 'running' })
    expect((await cli(['status', id])).out).toMatch(
      new RegExp(`^${id}: running \\(pid ${pid}\\)\n  os boot /.*\\.img\n$`),
    )
  })

  test('is not started twice', async () => {
    const config = bareConfig()
    const { id, pid } = await start(config)
    const { code, err } = await cli(['run', jsonFile(config)])
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining(`${id} is there already (pid ${pid})`),
    })
  })

  test('answers QMP commands, integers exact, refusals in its own words', async () => {
    const { id } = await start()
    expect(await cliJson('qmp', id, 'query-status')).toMatchObject({ status: 'running' })
    expect((await cli(['qmp', id, 'stop'])).out).toBe('{}\n')
    expect(await stateOf(id)).toBe('paused')
    const memory = { path: '/machine', property: 'type' }
    expect((await cli(['qmp', id, 'qom-get', JSON.stringify(memory)])).out).toMatch(/^"pc-q35-.*-machine"\n$/)
    const refused = await cli(['qmp', id, 'device_del', '{"id":"nope"}', '--json'])
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.err)).toMatchObject({
      code: 'QMP_COMMAND_FAILED',
      message: expect.stringContaining('nope'),
      details: { vm: id, command: 'device_del' },
    })
    expect((await cli(['qmp', id, 'quit'])).code).toBe(0)
  })

  test('has the disk that is named where the command runs, not where QEMU was started', async () => {
    const [launched = '', called = ''] = [1, 2].map((mebibytes) => {
      const directory = testDirectory(freshName('d'))
      writeFileSync(join(directory, 'disk.raw'), Buffer.alloc(mebibytes << 20))
      return directory
    })
    const data = [{ id: 'vol-data', uri: 'disk.raw', role: 'data' }]
    const config = { ...bareConfig(), volumes: data }
    made.push(config.name)
    await cli(['run', '--detach', jsonFile(config)], { cwd: launched })
    const volume = jsonFile({ id: 'vol-live', uri: 'disk.raw' })
    expect(await cli(['attach', config.name, volume], { cwd: called })).toMatchObject({ code: 0, err: '' })
    writeFileSync(join(called, 'image'), Buffer.alloc(1 << 20, 'image'))
    const image = ['attach', config.name, 'image', '--id', 'vol-image']
    expect(await cli(image, { cwd: called })).toMatchObject({ code: 0, err: '' })
    expect(await cliJson('status', config.name)).toMatchObject({
      volumes: [
        { id: 'os' },
        { id: 'vol-data', uri: join(launched, 'disk.raw'), sizeBytes: 1 << 20 },
        { id: 'vol-live', uri: join(called, 'disk.raw'), sizeBytes: 2 << 20 },
        { id: 'vol-image', uri: join(called, 'image'), sizeBytes: 1 << 20 },
      ],
    })
  })

  test('is waited for by qmp as long as told, while it is stuck in a server that says nothing', async () => {
    const { id } = await start()
    const silent = createServer()
    onTestFinished(() => void silent.close())
    const connected = new Promise<Socket>((resolve) => silent.once('connection', resolve))
    const path = join(testDirectory(), `${freshName('s')}.sock`)
    await once(silent.listen(path), 'listening')
    const node = { driver: 'nbd', 'node-name': 'n', server: { type: 'unix', path } }
    const stuck = await cli([
      'qmp',
      id,
      'blockdev-add',
      JSON.stringify(node),
      '--timeout-ms',
      '2000',
      '--json',
    ])
    expect({ code: stuck.code, error: JSON.parse(stuck.err) }).toMatchObject({
      code: 4,
      error: { code: 'QMP_TIMEOUT' },
    })
    ;(await connected).destroy()
    expect(await cliJson('qmp', id, 'query-status')).toMatchObject({ status: 'running' })
  })

  test('tells its events until it ends, or its reader does', async () => {
    const { id } = await start()
    await using impatient = startCli(['events', id])
    const turn = async () => {
      await cli(['qmp', id, 'stop'])
      await cli(['qmp', id, 'cont'])
    }
    await until(async () => {
      await turn()
      return impatient.out().includes('RESUME')
    })
    const [first = ''] = impatient.out().split('\n')
    expect(JSON.parse(first)).toEqual({
      event: expect.stringMatching(/^(STOP|RESUME)$/),
      data: {},
      timestamp: { seconds: expect.any(Number), microseconds: expect.any(Number) },
    })
    impatient.child.stdout.destroy()
    await turn()
    expect(await impatient.result).toMatchObject({ code: 0, err: '' })

    await using interrupted = startCli(['events', id])
    await until(async () => {
      await turn()
      return interrupted.out() !== ''
    })
    interrupted.child.kill('SIGINT')
    expect(await interrupted.result).toMatchObject({ code: 0, err: '' })

    await using patient = startCli(['events', id])
    await until(async () => {
      await turn()
      return patient.out() !== ''
    })
    await cli(['kill', id])
    expect(await patient.result).toMatchObject({ code: 0, err: '' })
  })

  test('is left alone by stop when its guest does not listen, and ended with --force', async () => {
    const { id, pid } = await start()
    const late = await cli(['stop', id, '--timeout-ms', '300', '--json'])
    expect({ code: late.code, error: JSON.parse(late.err) }).toMatchObject({
      code: 4,
      error: { code: 'VM_TIMEOUT', details: { vm: id, timeoutMs: 300 } },
    })
    expect(await stateOf(id)).toBe('running')
    expect(await cliJson('stop', id, '--timeout-ms', '300', '--force')).toMatchObject({
      id,
      outcome: 'stopped',
      steps: ['system_powerdown', 'quit'],
      exit: { reason: 'host-qmp-quit', clean: false, forced: true },
    })
    expect(runs(pid)).toBe(false)
    expect(hasDirectory(id)).toBe(false)
  })

  test('is killed although it is stopped, and not waited for by list and status', async () => {
    const { id, pid } = await start()
    process.kill(pid, 'SIGSTOP')
    const listed = await cliJson<Started[]>('list')
    expect(listed.find((vm) => vm.id === id)?.state).toBe('unresponsive')
    expect(await stateOf(id)).toBe('unresponsive')
    expect(await cli(['kill', id])).toMatchObject({ code: 0, out: `${id} was killed\n` })
    expect(runs(pid)).toBe(false)
    expect(hasDirectory(id)).toBe(false)
  })

  test('is stopped by force when it cannot be asked', async () => {
    const { id, pid } = await start()
    process.kill(pid, 'SIGSTOP')
    const silent = await cli(['stop', id, '--timeout-ms', '300'])
    expect(silent.code).toBe(4)
    expect(await cliJson('stop', id, '--timeout-ms', '300', '--force')).toMatchObject({ steps: ['SIGKILL'] })
    expect(runs(pid)).toBe(false)
  })

  test('shows as exited when it was killed behind our back, and is cleared by stop', async () => {
    const { id, pid } = await start()
    process.kill(pid, 'SIGKILL')
    await until(() => !runs(pid))
    expect(await cliJson('status', id)).toMatchObject({ id, state: 'exited', alive: false })
    for (const words of [
      ['attach', id, jsonFile({ id: 'a', uri: 'nbd:unix:/none.sock' })],
      ['console', id],
      ['qmp', id, 'stop'],
    ])
      expect((await cli(words)).code, words.join(' ')).toBe(3)
    expect((await cli(['stop', id])).code).toBe(0)
    expect((await cli(['stop', id])).code).toBe(3)
  })

  test('shows as broken when its state cannot be read, and is killed all the same', async () => {
    const { id, pid, dir } = await start()
    writeFileSync(join(dir, 'state.json'), '{')
    const listed = await cliJson<Started[]>('list')
    expect(listed.find((vm) => vm.id === id)).toMatchObject({
      state: 'broken',
      pid,
      fault: expect.any(String),
    })
    expect(await stateOf(id)).toBe('broken')
    expect((await cli(['stop', id])).code).toBe(1)
    expect((await cli(['kill', id])).code).toBe(0)
    expect(runs(pid)).toBe(false)
  })

  test('has volumes attached and detached by the way, and by whatever says them', async () => {
    const { id } = await start()
    await using server = await startDisk({ socket: join(testDirectory(), 'nbd-vol-cli.sock') })
    expect(await cliJson('attach', id, server.uri)).toMatchObject({
      vm: id,
      outcome: 'attached',
      id: 'vol-cli',
      port: 'hotplug1',
      serial: 'volcli',
    })
    expect((await cli(['status', id])).out).toContain(`vol-cli attached hotplug1 serial volcli ${server.uri}`)
    // BIOS never lets go of a disk.
    const pending = await cli(['detach', id, 'vol-cli', '--wait-ms', '300', '--json'])
    expect({ code: pending.code, result: JSON.parse(pending.out) }).toEqual({
      code: 4,
      result: { vm: id, outcome: 'pending', id: 'vol-cli' },
    })
    expect(await cliJson('status', id)).toMatchObject({
      volumes: [{ id: 'os' }, { id: 'vol-cli', state: 'detaching' }],
    })
    await cli(['qmp', id, 'system_reset'])
    // Whoever sees the late event first ends it.
    expect([0, 3]).toContain((await cli(['detach', id, 'vol-cli'])).code)
    expect(await cliJson('status', id)).toMatchObject({ volumes: [{ id: 'os' }] })
    expect((await cli(['detach', id, 'vol-cli'])).code).toBe(3)
    const dead = await cli([
      'attach',
      id,
      jsonFile({ id: 'vol-dead', uri: 'nbd:unix:/none/here.sock' }),
      '--json',
    ])
    expect({ code: dead.code, error: JSON.parse(dead.err) }).toMatchObject({
      code: 1,
      error: { code: 'VOLUME_BACKEND' },
    })
  })
})
