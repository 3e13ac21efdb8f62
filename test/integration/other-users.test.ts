import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { inspectVm, launchVm, listVms, reattachVm } from 'qemu-launch'
import { adoptServer, startNbdkit, startServer } from 'qemu-launch/volumes'
import { describe, expect, onTestFinished, test } from 'vitest'
import { killVm } from '../../src/vm/index.ts'
import {
  bareConfig,
  blankFile,
  failureOf,
  freshName,
  isRunning,
  startVm,
  testDirectory,
} from '../support/vm.ts'

const nobody = '65534'
const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
const lockModule = new URL('../../dist/process/index.js', import.meta.url).href

function system(...words: string[]): void {
  const [command = '', ...args] = [...asRoot, ...words]
  execFileSync(command, args)
}

/** Gives a file to another user, and back when the test is over, so that it can be removed. */
function giveAway(path: string): void {
  system('chown', '-hR', `${nobody}:${nobody}`, path)
  onTestFinished(() => system('chown', '-hR', `${process.getuid?.()}:${process.getgid?.()}`, path))
}

/** A state directory with the files of a VM that has left, whose record is to be obeyed. */
async function leftDirectory() {
  const stateDir = testDirectory(freshName('o'))
  const vm = await startVm(bareConfig(), { stateDir, paused: true })
  const { dir, state } = vm.paths
  await vm.detach()
  onTestFinished(async () => {
    chmodSync(stateDir, 0o700)
    if (isRunning(vm.pid)) await killVm(vm.id, { stateDir })
  })
  return { stateDir, id: vm.id, dir, state, pid: vm.pid }
}

/** Every way to reach a VM ends with VM_STATE, and its QEMU lives. */
async function expectRefused({ stateDir, id, pid }: Awaited<ReturnType<typeof leftDirectory>>) {
  for (const attempt of [
    reattachVm(id, { stateDir }),
    killVm(id, { stateDir }),
    launchVm(bareConfig({ name: id }), { stateDir }),
  ])
    expect(await failureOf(attempt)).toMatchObject({ code: 'VM_STATE' })
  expect(await inspectVm(id, { stateDir })).toMatchObject({ state: 'broken' })
  expect(isRunning(pid)).toBe(true)
}

describe('another user', () => {
  /** What a program of the user `nobody` writes. It reaches every directory that lets it. */
  function asNobody(program: string, ...words: string[]): string {
    const [command = '', ...args] = [
      ...asRoot,
      ...['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'],
      ...[process.execPath, '--input-type=module', '--eval', program, ...words],
    ]
    const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    if (stderr !== '') throw new Error(stderr)
    return stdout.trim()
  }

  test('reaches the folder of locks, and can neither look into it, hold a lock nor knock', async () => {
    const { stateDir, id } = await leftDirectory()
    const owner = await reattachVm(id, { stateDir })
    // All the way down is open to look at, as a state directory may be.
    for (const directory of [process.env.QEMU_LAUNCH_TEST_ROOT ?? '', testDirectory(), stateDir])
      chmodSync(directory, 0o755)
    const locks = join(stateDir, '.locks')
    const held = join(locks, `owner of ${id}`)
    const [socket = ''] = readdirSync(held)
    const outcomes = asNobody(
      `
      import { acquireLock } from ${JSON.stringify(lockModule)}
      import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
      import { connect } from 'node:net'
      const [stateDir, locks, held, socket] = process.argv.slice(1)
      const attempts = {
        reach: () => { if (!readdirSync(stateDir).includes('.locks')) throw { code: 'unseen' } },
        look: () => readdirSync(locks),
        connect: () => new Promise((resolve, reject) => connect(socket).on('connect', resolve).on('error', reject)),
        stage: () => mkdirSync(held + '-mine'),
        remove: () => rmSync(locks, { recursive: true }),
        move: () => renameSync(locks, locks + '-mine'),
      }
      for (const name of ['owner of', 'launch of', 'record of', 'volume a of'])
        attempts[name] = () => acquireLock({ directory: locks, name: name + ' ${id}' }, { timeoutMs: 0 })
      const outcomes = []
      for (const [name, attempt] of Object.entries(attempts))
        try { await attempt(); outcomes.push([name, 'done']) }
        catch (error) { outcomes.push([name, error.cause?.code ?? error.code]) }
      console.log(JSON.stringify(Object.fromEntries(outcomes)))
      process.exit()`,
      ...[stateDir, locks, held, join(held, socket)],
    )
    const { reach, ...refused } = JSON.parse(outcomes)
    expect(reach).toBe('done')
    expect(Object.keys(refused)).toHaveLength(9)
    expect(new Set(Object.values(refused))).toEqual(new Set(['EACCES']))
    // The owner is still the owner, and works.
    expect(await failureOf(reattachVm(id, { stateDir }))).toMatchObject({ code: 'VM_LOCKED' })
    await owner.volumes.attach({ id: 'a', uri: blankFile() })
    await owner.detach()
  })

  test('whose the folder of locks is, or who may write to it, has the state directory refused', async () => {
    const left = await leftDirectory()
    const locks = join(left.stateDir, '.locks')
    chmodSync(locks, 0o777)
    await expectRefused(left)
    chmodSync(locks, 0o700)
    giveAway(locks)
    await expectRefused(left)
    system('chown', '-R', `${process.getuid?.()}:${process.getgid?.()}`, locks)
    await killVm(left.id, left)
  })

  test('who owns the state directory has nothing of it read or run', async () => {
    const left = await leftDirectory()
    giveAway(left.stateDir)
    await expectRefused(left)
    expect(await failureOf(listVms({ stateDir: left.stateDir }))).toMatchObject({
      code: 'VM_STATE',
      message: expect.stringContaining(`belongs to user ${nobody}`),
    })
  })

  test('who may write to the state directory, or owns a VM’s directory or record, has it refused', async () => {
    const left = await leftDirectory()
    chmodSync(left.stateDir, 0o777)
    await expectRefused(left)
    chmodSync(left.stateDir, 0o700)
    const owned = await leftDirectory()
    giveAway(owned.dir)
    await expectRefused(owned)
    const forged = await leftDirectory()
    giveAway(forged.state)
    expect(await failureOf(reattachVm(forged.id, forged))).toMatchObject({ code: 'VM_STATE' })
  })

  test('is not followed through a link in place of a VM’s directory or record', async () => {
    const left = await leftDirectory()
    const aside = `${left.stateDir}-aside`
    renameSync(left.dir, aside)
    symlinkSync(aside, left.dir)
    await expectRefused(left)
    system('rm', left.dir)
    renameSync(aside, left.dir)
    renameSync(left.state, `${left.state}.aside.tmp`)
    symlinkSync(`${left.state}.aside.tmp`, left.state)
    expect(await failureOf(reattachVm(left.id, left))).toMatchObject({ code: 'VM_STATE' })
    system('rm', left.state)
    renameSync(`${left.state}.aside.tmp`, left.state)
  })

  test('who owns a server’s directory has no program of it run', async () => {
    const server = await startNbdkit({ plugin: 'file', parameters: { file: blankFile() }, restart: true })
    const directory = server.record?.directory ?? ''
    const proof = join(testDirectory(), freshName('proof'))
    const script = join(directory, 'evil')
    writeFileSync(script, `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 })
    const state = join(directory, 'server.json')
    const text = readFileSync(state, 'utf8')
    const { spec, ...rest } = JSON.parse(text)
    await server.release()
    writeFileSync(state, JSON.stringify({ ...rest, spec: { ...spec, binary: script } }))
    process.kill(server.pid, 'SIGKILL')
    system('chown', nobody, directory)
    const refused = await failureOf(adoptServer({ directory }))
    expect(refused).toMatchObject({ code: 'VOLUME_BACKEND', message: expect.stringContaining(nobody) })
    system('chown', String(process.getuid?.()), directory)
    expect(existsSync(proof)).toBe(false)
    writeFileSync(state, text)
    await (await adoptServer({ directory })).stop()
  })
})

describe('a server', () => {
  test('takes no file away at its socket’s path, whether it starts or not', async () => {
    const path = blankFile()
    expect(
      await failureOf(startNbdkit({ plugin: 'memory', parameters: { size: '1M' }, socket: path })),
    ).toMatchObject({
      code: 'VOLUME_BACKEND',
      message: expect.stringContaining('is not a socket'),
    })
    expect(readFileSync(path).length).toBe(1024 * 1024)
    const missing = startServer({ type: 'qemu-nbd', file: '/nonexistent', format: 'raw', socket: path })
    expect(await failureOf(missing)).toMatchObject({ code: 'VOLUME_BACKEND' })
    expect(readFileSync(path).length).toBe(1024 * 1024)
  })

  test('that a record puts into a directory of something else leaves that alone', async () => {
    const directory = testDirectory(freshName('precious'))
    mkdirSync(join(directory, 'data'))
    expect(await failureOf(adoptServer({ directory }))).toMatchObject({
      code: 'VOLUME_BACKEND',
      message: expect.stringContaining('was not made for a server'),
    })
    expect(existsSync(join(directory, 'data'))).toBe(true)
  })
})
