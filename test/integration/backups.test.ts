import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { convertImage, killVm, launchVm, reattachVm, type Vm } from 'qemu-launch'
import { startServer } from 'qemu-launch/volumes'
import { expect, onTestFinished, test, vi } from 'vitest'
import { until } from '../support/cli.ts'
import { runElsewhere, startElsewhere } from '../support/elsewhere.ts'
import { random } from '../support/random.ts'
import {
  bareConfig,
  blankFile,
  bootGuest,
  failureOf,
  freshName,
  isRunning,
  latch,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const dist = new URL('../../dist/vm/backups/run-backup.js', import.meta.url).href
const { backupWatch }: { backupWatch: { silentMs: number; stallMs: number } } = await import(dist)

const KIB = 1024
const MIB = 1024 * KIB
const stateDir = stateDirectory()

function freshDirectory(): string {
  const directory = testDirectory(freshName('backups'))
  mkdirSync(directory, { recursive: true })
  return directory
}

/** What a VM has of backups: their jobs, nodes and files, and the bitmaps that are not on record. */
async function leftIn({ paths, qmp }: Vm, ...directories: string[]): Promise<unknown[]> {
  const nodes = await qmp.execute('query-named-block-nodes', { flat: true })
  const { backups }: { backups: { bitmap: string; work?: unknown }[] } = JSON.parse(
    readFileSync(paths.state, 'utf8'),
  )
  const known = backups.map(({ bitmap }) => bitmap)
  const bitmaps = nodes.flatMap((node) => (node['dirty-bitmaps'] ?? []).map(({ name }) => name ?? ''))
  return [
    ...(await qmp.execute('query-jobs')),
    ...nodes.flatMap((node) => node['node-name'] ?? []).filter((name) => name.startsWith('backup-')),
    ...bitmaps.filter((name) => !known.includes(name)),
    ...backups.filter(({ work }) => work !== undefined),
    ...[paths.dir, ...directories]
      .flatMap((each) => readdirSync(each))
      .filter((name) => /^\..*\.(?:part|tmp)$/.test(name)),
  ]
}

/** Has a VM stand still for its backups as QEMU 7.2 needs it, whatever QEMU this is. */
function stopForBackups(vm: Vm): void {
  Object.assign(vm.qmp.greeting.version.qemu, { major: 7 })
}

const compare = (disk: string, image: string, format = 'qcow2') =>
  execFileSync('qemu-img', ['compare', '-U', '-f', 'raw', '-F', format, disk, image], { encoding: 'utf8' })

test('the backups of a guest that goes on writing are each of one moment, and the last is what the disk has when it rests', async () => {
  const directory = freshDirectory()
  const disk = blankFile(64)
  await using guest = await bootGuest()
  const { console, vm } = guest
  await vm.volumes.attach({ id: 'v', uri: disk, format: 'raw', cache: 'writethrough' })
  const name = await console.waitForDisk('v')
  await console.check(
    `head -c 2097152 /dev/urandom >/tmp/noise; dd if=/tmp/noise of=/dev/${name} bs=1M seek=8`,
  )
  // Each number is on the disk before the next is written.
  const write = `i=0; while [ ! -e /tmp/enough ]; do i=$((i+1)); printf %08d $i | dd of=/dev/${name} bs=65536 seek=$((i%16)) conv=notrunc,fsync; echo $i >/tmp/at; done >/dev/null 2>&1; touch /tmp/rests`
  await console.check(`sh -c '${write}' >/dev/null 2>&1 &`)
  const numbers = async (image: Parameters<typeof convertImage>[0]) => {
    const restored = join(directory, freshName('restored'))
    await convertImage(image, restored)
    const bytes = readFileSync(restored)
    expect(bytes.length).toBe(64 * MIB)
    return Array.from({ length: 16 }, (_, index) =>
      Number(bytes.toString('latin1', index * 64 * KIB, index * 64 * KIB + 8)),
    )
  }
  const backUp = async (name: string) => {
    const made = await vm.backups.create('v', { target: join(directory, name), bytesPerSecond: 64 * MIB })
    if (made.image === undefined) throw new Error('no image')
    return { ...made, image: made.image }
  }
  await console.check('until [ "$(cat /tmp/at)" -gt 20 ]; do sleep 0.1; done')
  const full = await backUp('full.qcow2')
  expect(full).toMatchObject({ kind: 'full', volume: 'v', sizeBytes: 64 * MIB })
  const first = await numbers(full.image)
  const before = Number(await console.check('cat /tmp/at'))
  const second = await backUp('second.qcow2')
  expect(second).toMatchObject({ kind: 'incremental', image: { backing: { uri: full.target } } })
  // The guest has written 16 clusters, and the block before each backup began.
  expect(second.bytes).toBeLessThanOrEqual(16 * 64 * KIB * 1.05)
  const numbersOfSecond = await numbers(second.image)
  for (const found of [first, numbersOfSecond]) {
    const last = Math.max(...found)
    // All that was written up to one moment, and nothing that came after it.
    expect(found.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 16 }, (_, index) => last - 15 + index),
    )
  }
  expect(Math.max(...numbersOfSecond)).toBeGreaterThanOrEqual(before)
  await console.check('touch /tmp/enough; until [ -e /tmp/rests ]; do sleep 0.1; done')
  // Zeros over what was there come out as zeros.
  await console.check(`dd if=/dev/zero of=/dev/${name} bs=64k seek=136 count=3 conv=notrunc,fsync; sync`)
  const third = await backUp('third.qcow2')
  expect(compare(disk, third.target)).toContain('identical')
  expect(await vm.backups.list()).toMatchObject([{ state: 'finished', target: third.target, volume: 'v' }])

  // A server, which is killed: the guest reads and writes on.
  const server = await startServer({
    type: 'nbdkit',
    plugin: 'memory',
    parameters: { size: '64M' },
    socket: join(directory, 't.sock'),
  })
  const begun = latch()
  vm.on('JOB_STATUS_CHANGE', ({ data }) => data.status === 'running' && begun.open())
  const failing = failureOf(vm.backups.create('v', { target: server.uri, bytesPerSecond: 4 * MIB }))
  await begun.opened
  expect(await failureOf(vm.volumes.detach('v'))).toMatchObject({
    code: 'VOLUME_DETACH_FAILED',
    message: expect.stringMatching(
      /stays attached: end these first: backup-\d+ \(wait for it, or abort its call\)$/,
    ),
    details: { nodes: [] },
  })
  expect(await failureOf(vm.backups.create('v', { target: join(directory, 'x') }))).toMatchObject({
    code: 'VOLUME_BUSY',
  })
  expect(await failureOf(vm.volumes.resize('v', 128 * MIB))).toMatchObject({ code: 'VOLUME_BUSY' })
  expect(await vm.discrepancies()).toEqual([])
  process.kill(server.pid ?? 0, 'SIGKILL')
  await console.check(
    `dd if=/tmp/noise of=/dev/${name} bs=1M seek=60 conv=notrunc,fsync && dd if=/dev/${name} of=/dev/null bs=1M skip=60`,
  )
  expect(await failing).toMatchObject({ code: 'VOLUME_BACKUP_FAILED' })
  expect(await leftIn(vm, directory)).toEqual([])

  // One that takes nothing is cut off when QEMU stands still for it: the VM is paused, and goes on.
  const stopped = await startServer({
    type: 'nbdkit',
    plugin: 'memory',
    parameters: { size: '64M' },
    socket: join(directory, 'stopped.sock'),
  })
  const begunAgain = latch()
  vm.on('JOB_STATUS_CHANGE', ({ data }) => data.status === 'running' && begunAgain.open())
  onTestFinished(async () => void (await stopped.stop()))
  Object.assign(backupWatch, { silentMs: 3_000, stallMs: 300_000 })
  const held = failureOf(vm.backups.create('v', { target: stopped.uri, bytesPerSecond: 4 * MIB }))
  await begunAgain.opened
  process.kill(stopped.pid ?? 0, 'SIGSTOP')
  // Requests are under way then, and the guest reads and writes on.
  await console.check(
    `dd if=/tmp/noise of=/dev/${name} bs=1M seek=60 conv=notrunc,fsync && dd if=/dev/${name} of=/dev/null bs=1M skip=60`,
  )
  await vm.pause()
  expect(await held).toMatchObject({
    code: 'VOLUME_BACKUP_FAILED',
    message: expect.stringContaining('has accepted no data for 3000 ms'),
  })
  expect(await leftIn(vm, directory)).toEqual([])
  expect(vm.state).toBe('paused')
  await vm.resume()
  const fourth = await backUp('fourth.qcow2')
  expect(fourth).toMatchObject({ kind: 'incremental', bytes: 2 * MIB })
  expect(compare(disk, fourth.target)).toContain('identical')
  expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
})

const isLong = process.env.QEMU_LAUNCH_LONG === '1'
const rounds = isLong ? Number(process.env.QEMU_LAUNCH_KILLS ?? 200) : 4
const victims = ['owner', 'target', 'qemu', 'owner and qemu'] as const

/** Backs the disk up in a process of its own, which owns the VM. */
const program = `
  import { reattachVm } from 'qemu-launch'
  const vm = await reattachVm(id, { stateDir })
  process.stdout.write('.')
  const told = await vm.backups.create('v', { target, bytesPerSecond: 16 * 2 ** 20 }).then(
    () => 'finished',
    (error) => error.code,
  )
  process.stdout.write(told)
  await vm.leave()
  process.exit(0)
`

test('a backup whose VM cannot be let run on fails then, and not when all is copied', async () => {
  const [directory, disk] = [freshDirectory(), blankFile(16)]
  writeFileSync(disk, Buffer.alloc(16 * MIB, 1))
  await using vm = await startVm(bareConfig())
  await vm.volumes.attach({ id: 'v', uri: disk, format: 'raw' })
  stopForBackups(vm)
  const { qmp } = vm
  const execute = qmp.execute.bind(qmp) as (...words: unknown[]) => Promise<never>
  let refusals = 1
  vi.spyOn(qmp, 'execute').mockImplementation((...words) =>
    words[0] === 'cont' && refusals-- > 0 ? Promise.reject(new Error('not now')) : execute(...words),
  )
  // All of it would take four minutes.
  const backup = vm.backups.create('v', { target: join(directory, 'v.qcow2'), bytesPerSecond: 64 * KIB })
  expect(await failureOf(backup)).toMatchObject({
    code: 'VOLUME_BACKUP_FAILED',
    message: expect.stringContaining('not now'),
  })
  expect(await qmp.execute('query-status')).toMatchObject({ status: 'running' })
  expect(await leftIn(vm, directory)).toEqual([])
  await vm.kill()
})

test('the VM stands still once at a time for two backups at once, and runs on when a visitor dies meanwhile', async () => {
  const directory = freshDirectory()
  await using vm = await startVm(bareConfig({ hotplugPorts: 2 }))
  for (const id of ['a', 'b']) await vm.volumes.attach({ id, uri: blankFile(4), format: 'raw' })
  stopForBackups(vm)
  const moves: string[] = []
  for (const name of ['STOP', 'RESUME'] as const) vm.on(name, () => moves.push(name))
  for (const round of [0, 1, 2]) {
    const create = (id: string) => vm.backups.create(id, { target: join(directory, `${id}${round}`) })
    await Promise.all(['a', 'b'].map(create))
  }
  // At the beginning and at the end of each.
  expect(moves).toEqual(Array.from({ length: 12 }, () => ['STOP', 'RESUME']).flat())
  const visitor = `
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(id, { stateDir, owner: false })
    Object.assign(vm.qmp.greeting.version.qemu, { major: 7 })
    vm.on('STOP', () => process.kill(process.pid, 'SIGKILL'))
    await vm.backups.create('a', { target })
  `
  const values = { id: vm.id, stateDir, target: join(directory, 'dead') }
  expect(await runElsewhere(visitor, values)).toBe('SIGKILL')
  await until(() => vm.state === 'running' && moves.at(-1) === 'RESUME')
  await until(async () => (await leftIn(vm, directory)).length === 0)
  expect(readFileSync(vm.paths.state, 'utf8')).not.toContain('standsFor')
  await vm.kill()
})

test('a VM that is to run on while its backup is being cancelled does so when that has ended', async () => {
  const [directory, disk] = [freshDirectory(), blankFile(16)]
  writeFileSync(disk, Buffer.alloc(16 * MIB, 1))
  await using vm = await startVm(bareConfig())
  await vm.volumes.attach({ id: 'v', uri: disk, format: 'raw' })
  stopForBackups(vm)
  const { qmp } = vm
  const moves: string[] = []
  vm.on('RESUME', () => moves.push('RESUME'))
  vm.on('JOB_STATUS_CHANGE', ({ data }) => data.status === 'concluded' && moves.push('concluded'))
  for (const round of [0, 1, 2]) {
    // The firmware uses the disks then.
    await vm.reset()
    await sleep(100)
    let resuming: Promise<void> | undefined
    const execute = qmp.execute.bind(qmp) as (...words: unknown[]) => Promise<never>
    const spy = vi.spyOn(qmp, 'execute').mockImplementation((...words) => {
      const answer = execute(...words)
      if (words[0] === 'job-cancel') resuming = vm.resume()
      return answer
    })
    const stop = new AbortController()
    const off = [
      vm.on('STOP', () => void vm.pause()),
      vm.on('JOB_STATUS_CHANGE', ({ data }) => data.status === 'running' && stop.abort()),
    ]
    const options = { target: join(directory, `${round}`), bytesPerSecond: 64 * KIB, signal: stop.signal }
    expect(await failureOf(vm.backups.create('v', options))).toMatchObject({ code: 'VOLUME_ABORTED' })
    for (const each of off) each()
    spy.mockRestore()
    await resuming
    await vm.resume()
    expect(moves.splice(0, 2)).toEqual(['concluded', 'RESUME'])
    moves.length = 0
  }
  expect(await leftIn(vm, directory)).toEqual([])
  await vm.kill()
})

test('a VM that is paused while a detach ends a backup that a process has left stays paused', async () => {
  const [directory, disk] = [freshDirectory(), blankFile(32)]
  writeFileSync(disk, Buffer.alloc(32 * MIB, 1))
  await using vm = await startVm(bareConfig())
  await vm.volumes.attach({ id: 'v', uri: disk, format: 'raw' })
  stopForBackups(vm)
  const visitor = `
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(id, { stateDir, owner: false })
    const onProgress = () => process.kill(process.pid, 'SIGKILL')
    await vm.backups.create('v', { target, bytesPerSecond: 2 ** 20, onProgress })
  `
  const values = { id: vm.id, stateDir, target: join(directory, 'left') }
  expect(await runElsewhere(visitor, values)).toBe('SIGKILL')
  expect(await vm.backups.list()).toMatchObject([{ state: 'running' }])
  const paused = new Promise<void>((resolve) => {
    const unsubscribe = vm.on('STOP', () => {
      unsubscribe()
      resolve(vm.pause())
    })
  })
  // It has no guest that lets go.
  expect(await vm.volumes.detach('v', { waitMs: 0 })).toMatchObject({ outcome: 'pending' })
  await paused
  expect(await leftIn(vm, directory)).toEqual([])
  expect(await vm.qmp.execute('query-status')).toMatchObject({ status: 'paused' })
  await vm.kill()
})

test(
  `whoever is killed in the middle of ${rounds} backups, nothing of them stays, and each that was finished is exact`,
  async () => {
    const directory = freshDirectory()
    const seed = Number(process.env.QEMU_LAUNCH_SEED ?? Date.now() % 2 ** 31)
    const below = random(seed)
    const disk = blankFile(8)
    const device = '/machine/peripheral/vdisk-v/virtio-backend'
    const start = async () => {
      const vm = await launchVm(bareConfig({ name: 'backed-up' }), { stateDir, paused: true })
      await vm.volumes.attach({ id: 'v', uri: disk, format: 'raw' })
      return vm
    }
    const write = async (vm: Vm) => {
      const at = below(112) * 64
      const command = `qemu-io -d ${device} "write -P ${1 + below(255)} ${at}k ${64 * (1 + below(8))}k"`
      await vm.qmp.execute('human-monitor-command', { 'command-line': command })
    }
    let vm = await start()
    onTestFinished(async () => void (await killVm('backed-up', { stateDir })))
    const counts = { finished: 0, failed: 0 }
    for (let round = 0; round < rounds; round++) {
      const about = `seed ${seed}, round ${round}`
      const victim = victims[round % victims.length]
      for (let writes = below(4); writes >= 0; writes--) await write(vm)
      const target = join(directory, `${round}.qcow2`)
      // The first dies in its midst for certain: it takes half a second.
      const delayMs = round === 0 ? 0 : below(700)
      if (victim === 'target') {
        await using server = await startServer({
          type: 'nbdkit',
          plugin: 'memory',
          parameters: { size: '8M' },
          socket: join(directory, `${round}.sock`),
        })
        const end = vm.backups.create('v', { target: server.uri, bytesPerSecond: 16 * MIB }).then(
          () => 'finished',
          (error: { code: string }) => error.code,
        )
        await sleep(delayMs)
        process.kill(server.pid ?? 0, 'SIGKILL')
        const told = await end
        expect(told, about).toMatch(/^(?:finished|VOLUME_BACKUP_FAILED|VOLUME_BACKEND)$/)
        counts[told === 'finished' ? 'finished' : 'failed']++
      } else {
        const { pid } = vm
        await vm.leave()
        const child = startElsewhere(program, { id: 'backed-up', stateDir, target }, 'pipe')
        const closed = once(child, 'close')
        let said = ''
        child.stdout?.on('data', (chunk) => {
          said += chunk
        })
        await once(child.stdout ?? child, 'data')
        await sleep(delayMs)
        if (victim !== 'qemu') child.kill('SIGKILL')
        if (victim !== 'owner') process.kill(pid, 'SIGKILL')
        await closed
        const isFinished = readdirSync(directory).includes(`${round}.qcow2`)
        counts[isFinished ? 'finished' : 'failed']++
        if (victim === 'owner') vm = await reattachVm('backed-up', { stateDir })
        else {
          if (victim === 'qemu') expect(said, about).toMatch(/^\.(?:finished|VM_NOT_RUNNING)$/)
          await killVm('backed-up', { stateDir })
          expect(isRunning(pid)).toBe(false)
          vm = await start()
          expect(await vm.backups.list()).toEqual([])
        }
        // Of those that were killed after the end too.
        if (isFinished) expect(compare(disk, target), about).toContain('identical')
      }
      expect(await leftIn(vm, directory), about).toEqual([])
      for (let writes = below(4); writes >= 0; writes--) await write(vm)
      const after = await vm.backups.create('v', { target: join(directory, `${round}-after.qcow2`) })
      expect(compare(disk, after.target), about).toContain('identical')
    }
    expect(counts.failed).toBeGreaterThan(0)
    await vm.kill()
  },
  isLong ? 5_400_000 : 600_000,
)
