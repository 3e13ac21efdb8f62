import { readdirSync, readFileSync } from 'node:fs'
import { keepRunning, type Vm } from 'qemu-launch'
import { expect, test, vi } from 'vitest'
import { bareConfig, bootGuest, failureOf, startVm, stateDirectory } from '../support/vm.ts'

const cpus = { count: 1, maxCpus: 4 }
const memory = { maxMiB: 512, balloon: true }

test('vCPUs and memory come to a guest and go again', async () => {
  await using guest = await bootGuest({ config: { cpus, memory, memoryMiB: 256 } })
  const { console, vm } = guest
  await console.loadModules()
  await console.check('echo online >/sys/devices/system/memory/auto_online_blocks')
  const kib = async () => Number(await console.check("awk '/MemTotal/ { print $2 }' /proc/meminfo"))
  const before = await kib()

  expect(await vm.cpus.set(3)).toEqual({ outcome: 'set', now: 3 })
  // They come to the guest a moment later.
  const online = 'for cpu in /sys/devices/system/cpu/cpu[12]; do echo 1 >$cpu/online || true; done'
  await expect
    .poll(async () => (await console.check(`${online} 2>/dev/null; nproc`)).trim(), { timeout: 60_000 })
    .toBe('3')
  expect(await vm.memory.set(448, { waitMs: 60_000 })).toEqual({ outcome: 'set', now: 448 })
  expect(await kib()).toBeGreaterThan(before + 150 * 1024)
  expect(await vm.discrepancies()).toEqual([])

  expect(await vm.cpus.set(1, { waitMs: 60_000 })).toEqual({ outcome: 'set', now: 1 })
  expect(await console.check('nproc')).toBe('1')
  // A guest gives back what it can: some of what was added may hold what does not move.
  const shrink = async () => (await vm.memory.set(200, { waitMs: 2_000 })).now
  await expect.poll(shrink, { timeout: 60_000 }).toBeLessThan(300)
  expect(await shrink()).toBeGreaterThanOrEqual(200)

  for (const count of [0, 5, 1.5])
    expect(await failureOf(vm.cpus.set(count))).toMatchObject({ code: 'VM_UNSUPPORTED' })
  expect(await failureOf(vm.memory.set(600))).toMatchObject({
    code: 'VM_UNSUPPORTED',
    message: expect.stringContaining('should be 1 to 512'),
  })
})

test('a VM that comes back has the vCPUs and the memory it had', async () => {
  const restart = { backoff: { initialMs: 20, factor: 1, maxMs: 20 } }
  const supervisor = await keepRunning(
    bareConfig({ cpus, memory, memoryMiB: 256, nics: [{ type: 'user', id: 'net0' }] }),
    {
      stateDir: stateDirectory(),
      restart,
    },
  )
  try {
    await supervisor.current.cpus.set(2)
    await supervisor.current.nics.set('net0', { link: 'down' })
    // No guest takes it.
    expect(await supervisor.current.memory.set(384, { waitMs: 0 })).toEqual({ outcome: 'pending', now: 256 })
    for (let time = 0; time < 2; time++) {
      const { pid } = supervisor.current
      process.kill(pid, 'SIGKILL')
      await vi.waitFor(() => expect(supervisor.current.pid).not.toBe(pid), { timeout: 60_000 })
      const { qmp } = supervisor.current
      expect(await qmp.execute('query-cpus-fast')).toHaveLength(2)
      // QEMU tells nobody of its links: the guest of another test does.
      const { links } = JSON.parse(readFileSync(supervisor.current.paths.state, 'utf8'))
      expect(links).toEqual({ net0: 'down' })
      const [device] = await qmp.execute('query-memory-devices')
      expect(device?.data).toMatchObject({ 'requested-size': 128 * 1024 * 1024 })
    }
  } finally {
    await supervisor.stop({ timeoutMs: 0 })
  }
})

/** On which CPUs of the host each thread of a VM may run, by the thread's name. */
function threads({ pid }: Pick<Vm, 'pid'>): Map<string, string> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).map((task) => {
      const read = (name: string) => readFileSync(`/proc/${pid}/task/${task}/${name}`, 'utf8')
      const [, allowed = ''] = /^Cpus_allowed_list:\s*(.*)$/m.exec(read('status')) ?? []
      return [read('comm').trim(), allowed]
    }),
  )
}

test('the threads of a VM keep to the CPUs of the host that its config names', async () => {
  const config = bareConfig({
    cpus: 2,
    iothreads: [{ id: 'io' }],
    pinning: { vcpus: ['0', '0-1'], iothreads: { io: '1' }, emulator: '0' },
  })
  await using vm = await startVm(config, { paused: true })
  const found = threads(vm)
  expect(found.get('CPU 0/TCG')).toBe('0')
  expect(found.get('CPU 1/TCG')).toBe('0-1')
  expect(found.get('IO io')).toBe('1')
  expect(found.get('qemu-system-x86')).toBe('0')
  const nowhere = bareConfig({ pinning: { vcpus: '4000' } })
  expect(await failureOf(startVm(nowhere))).toMatchObject({
    code: 'VM_LAUNCH',
    message: expect.stringContaining('cannot be put on the CPUs 4000'),
  })
})
