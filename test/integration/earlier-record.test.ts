import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type QmpEvent, reattachVm } from 'qemu-launch'
import { QmpClient } from 'qemu-launch/qmp'
import { planAttach, startNbdkit, type VolumeSpec } from 'qemu-launch/volumes'
import { expect, onTestFinished, test, vi } from 'vitest'
import { isListening, startProgram, waitFor } from '../support/qemu.ts'
import { freshName, isRunning, qemuDisks, recorded, testDirectory } from '../support/vm.ts'

const golden = fileURLToPath(new URL('../golden/records/attaching.json', import.meta.url))

interface EarlierRecord {
  readonly argv: readonly string[]
  readonly vcpus: number
  readonly process: object
  readonly volumes: readonly {
    spec: VolumeSpec
    preset: 'safe' | 'hive'
    phase: string
    throttled?: object
  }[]
}

/** In the 22nd field of its `stat`. */
const startTimeOf = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')[19]

/** A server of a file that is there, which outlives whoever started it. */
async function serve(disks: string, id: string) {
  const server = await startNbdkit({
    plugin: 'file',
    parameters: { file: join(disks, `${id}.img`) },
    socket: join(disks, `${id}.sock`),
    stateDir: testDirectory('t'),
  })
  onTestFinished(() => {
    if (isRunning(server.pid)) process.kill(server.pid, 'SIGKILL')
  })
  await server.release()
  return server
}

/** QEMU as version 1 had launched it, and the record that it had written when it died in the middle of an attach. */
async function launchedEarlier() {
  const [stateDir, disks] = [testDirectory(freshName('o')), testDirectory(freshName('d'))]
  mkdirSync(join(stateDir, 'old'), { mode: 0o700 })
  for (const id of ['os', 'data', 'plain', 'half', 'served', 'limited'])
    writeFileSync(join(disks, `${id}.img`), Buffer.alloc(1024 * 1024))
  const servers = { served: await serve(disks, 'served'), limited: await serve(disks, 'limited') }
  let text = readFileSync(golden, 'utf8')
  for (const [id, { record }] of Object.entries(servers))
    text = text.replaceAll(`/@d/server-${id}`, record?.directory ?? '')
  const record: EarlierRecord = JSON.parse(text.replaceAll('/@s', stateDir).replaceAll('/@d', disks))
  const [binary = '', ...words] = record.argv
  const child = startProgram(binary, words, 'pipe')
  const monitor = join(stateDir, 'old', 'monitor.sock')
  await waitFor(() => isListening(monitor))
  await using qmp = await QmpClient.connect(`unix:${monitor}`)
  const base = await qemuDisks(qmp)
  for (const { phase, preset, spec, throttled } of record.volumes.slice(1)) {
    const plan = planAttach(spec, { preset, vcpus: record.vcpus })
    for (const command of phase === 'attaching' ? plan.slice(0, -1) : plan)
      await qmp.execute(command.execute, command.arguments)
    if (phase === 'detaching') await qmp.execute('device_del', { id: `vdisk-${spec.id}` })
    const id = `/machine/peripheral/vdisk-${spec.id}/virtio-backend`
    const none = { bps: 0, bps_rd: 0, bps_wr: 0, iops_rd: 0, iops_wr: 0 }
    if (throttled !== undefined) await qmp.execute('block_set_io_throttle', { id, iops: 100, ...none })
  }
  const pid = child.pid ?? 0
  const whole = { ...record, process: { pid, startTime: startTimeOf(pid) } }
  writeFileSync(join(stateDir, 'old', 'state.json'), JSON.stringify(whole), { mode: 0o600 })
  return { stateDir, pid, servers, base }
}

test('a VM that version 1 has launched, with a volume in every phase, is reattached and goes on', async () => {
  const { base, pid, servers, stateDir } = await launchedEarlier()
  const events: QmpEvent[] = []
  const vm = await reattachVm('old', { stateDir, onEvent: (event) => events.push(event) })
  onTestFinished(async () => void (await vm.kill()))
  expect(vm.pid).toBe(pid)
  expect(recorded(vm)).toEqual([
    ['data', 'attached'],
    ['plain', 'detaching'],
    ['served', 'attached'],
    ['limited', 'attached'],
  ])
  expect(JSON.parse(readFileSync(vm.paths.state, 'utf8'))).toMatchObject({ version: 2 })
  expect(await vm.discrepancies()).toEqual([])
  const has = await qemuDisks(vm.qmp)
  expect([...has.nodes, ...has.iothreads].filter((name) => name?.includes('half'))).toEqual([])
  const listed = await vm.volumes.list()
  expect(listed).toContainEqual(
    expect.objectContaining({ id: 'limited', limits: { operationsPerSecond: 100 } }),
  )
  expect(listed).toContainEqual(
    expect.objectContaining({ id: 'served', limits: { operationsPerSecond: 1000 } }),
  )
  // Its server is watched.
  process.kill(servers.served.pid, 'SIGKILL')
  await vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining({ event: 'SERVER_LOST' })), {
    timeout: 60_000,
  })
  // What version 1 has begun ends now.
  const detached = vm.volumes.detach('plain')
  await vm.reset()
  expect(await detached).toEqual({ outcome: 'detached', id: 'plain' })
  const detachOthers = async (options = {}) => {
    const ended = ['served', 'limited', 'data'].map((id) => vm.volumes.detach(id, options))
    return (await Promise.all(ended)).map(({ outcome }) => outcome)
  }
  // A reset takes away what was asked for before it.
  expect(await detachOthers({ waitMs: 0 })).toEqual(['pending', 'pending', 'pending'])
  await vm.reset()
  expect(await detachOthers()).toEqual(['detached', 'detached', 'detached'])
  await vi.waitFor(() => expect(isRunning(servers.limited.pid)).toBe(false), { timeout: 60_000 })
  const left = await qemuDisks(vm.qmp)
  expect(left.devices).toEqual(base.devices.filter((name) => name !== 'vdisk-data'))
  expect(recorded(vm)).toEqual([])
})
