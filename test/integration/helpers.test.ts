import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reattachVm, type VmEvent } from 'qemu-launch'
import { expect, test, vi } from 'vitest'
import {
  bareConfig,
  bootGuest,
  failureOf,
  freshName,
  isRunning,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

interface Helper {
  readonly name: string
  readonly pid: number
}

function helpersOf({ paths }: { readonly paths: { readonly state: string } }): readonly Helper[] {
  const { helpers }: { helpers: Helper[] } = JSON.parse(readFileSync(paths.state, 'utf8'))
  return helpers
}

test('a guest has a TPM and folders of the host; a program behind them that dies is told, and none outlives the VM', async () => {
  const folder = testDirectory(freshName('share'))
  writeFileSync(join(folder, 'from-host'), 'of the host')
  const stateDir = testDirectory(freshName('tpm'))
  await using guest = await bootGuest({
    config: { tpm: { stateDir }, shares: [{ id: 'data', path: folder, tag: 'a tag, odd' }] },
  })
  const { console, vm } = guest
  await console.loadModules()
  expect(await console.check('cat /sys/class/tpm/tpm0/tpm_version_major')).toBe('2')
  await console.check("mount -t virtiofs 'a tag, odd' /mnt && cp /mnt/from-host /mnt/from-guest")
  expect(readFileSync(join(folder, 'from-guest'), 'utf8')).toBe('of the host')
  const helpers = helpersOf(vm)
  expect(helpers.map(({ name }) => name).sort()).toEqual(['share-data', 'tpm'])
  expect(await vm.discrepancies()).toEqual([])

  const heard: VmEvent[] = []
  vm.on('HELPER_DIED', (event) => heard.push(event))
  const pidOf = (name: string) => helpers.find((helper) => helper.name === name)?.pid ?? 0
  process.kill(pidOf('share-data'), 'SIGKILL')
  await vi.waitFor(() => expect(heard).toHaveLength(1), { timeout: 60_000 })
  expect(heard[0]?.data).toMatchObject({ name: 'share-data', pid: pidOf('share-data') })

  // Another owner hears it too.
  await vm.leave()
  const later: VmEvent[] = []
  const next = await reattachVm(vm.id, {
    stateDir: stateDirectory(),
    onEvent: (event) => later.push(event),
  })
  process.kill(pidOf('tpm'), 'SIGKILL')
  const told = () => later.filter(({ event }) => event === 'HELPER_DIED').map(({ data }) => data)
  await vi.waitFor(() => expect(told()).toContainEqual(expect.objectContaining({ name: 'tpm' })), {
    timeout: 60_000,
  })
  await next.kill()
  expect(existsSync(join(stateDir, 'tpm2-00.permall'))).toBe(true)
})

test('helpers end with their VM, also of a launch that fails, and what is not there is told before', async () => {
  const shares = [{ id: 'data', path: testDirectory(freshName('share')) }]
  const vm = await startVm(bareConfig({ tpm: true, shares }), { paused: true })
  const pids = helpersOf(vm).map(({ pid }) => pid)
  expect(pids.filter(isRunning)).toHaveLength(2)
  expect(existsSync(join(vm.paths.tpmState, 'tpm2-00.permall'))).toBe(true)
  await vm.shutdown({ timeoutMs: 0 })
  await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), { timeout: 60_000 })
  expect(existsSync(vm.paths.dir)).toBe(false)

  const broken = bareConfig({ tpm: true, shares, rawDevices: ['virtio-rng-pci,nonsense=1'] })
  expect(await failureOf(startVm(broken))).toMatchObject({ code: 'VM_LAUNCH' })
  const dir = join(stateDirectory(), broken.name)
  expect(existsSync(dir)).toBe(false)
  // It finds none, which is its status 1.
  expect(spawnSync('pgrep', ['-f', `(swtpm|virtiofsd) .*${dir}/`]).status).toBe(1)
})
