/** A small VM daemon: it keeps the VMs of its configs running, hears what happens to them, and finds all of them after a crash. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  inspectVm,
  keepRunning,
  killVm,
  listVms,
  type Supervisor,
  type VmConfigInput,
  type VmEvent,
} from 'qemu-launch'
import { startNbdkit } from 'qemu-launch/volumes'

class Daemon {
  readonly #stateDir: string
  readonly #log: (event: VmEvent) => void
  readonly #kept = new Map<string, Supervisor>()

  constructor(stateDir: string, log: (event: VmEvent) => void) {
    this.#stateDir = stateDir
    this.#log = log
  }

  /** What the database says is to run, and nothing else: the rest of an earlier life is ended. */
  async start(wanted: readonly VmConfigInput[]): Promise<void> {
    const names = wanted.map(({ name }) => name)
    const stateDir = this.#stateDir
    for (const { id } of await listVms({ stateDir })) if (!names.includes(id)) await killVm(id, { stateDir })
    await Promise.all(wanted.map((config) => this.run(config)))
  }

  /** Launches the VM, or adopts it when it runs, and launches it again after a crash. */
  async run(config: VmConfigInput): Promise<void> {
    const supervisor = await keepRunning(config, {
      stateDir: this.#stateDir,
      restart: { on: 'crash', backoff: { initialMs: 100 } },
      onEvent: this.#log,
    })
    this.#kept.set(config.name, supervisor)
    // Settles when the VM is not started again: it powered down, was stopped, or ended too often (VM_RESTARTS).
    supervisor.ended
      .catch((error: Error) => console.error(error.message))
      .finally(() => this.#kept.delete(config.name))
  }

  vm(name: string) {
    const supervisor = this.#kept.get(name)
    if (supervisor === undefined) throw new Error(`no VM ${name} is kept running`)
    return supervisor.current
  }

  /** Asks the guest to power down. Nothing of the VM stays. */
  async terminate(name: string): Promise<void> {
    await this.#kept.get(name)?.stop({ timeoutMs: 200 })
  }

  /** For a restart of the daemon: VMs and servers run on. */
  async leave(): Promise<void> {
    await Promise.all([...this.#kept.values()].map((supervisor) => supervisor.leave()))
  }
}

const directory = mkdtempSync(join(tmpdir(), 'qemu-launch-daemon-'))
const stateDir = join(directory, 'vms')
const disk = join(directory, 'os.raw')
writeFileSync(disk, '')
truncateSync(disk, 1024 * 1024)
const config: VmConfigInput = {
  name: 'web',
  cpus: 1,
  memoryMiB: 64,
  drives: [{ id: 'os', source: { type: 'file', path: disk }, format: 'raw' }],
}
try {
  const seen: string[] = []
  const daemon = new Daemon(stateDir, ({ event }) => seen.push(event))
  await daemon.start([config])
  const server = await startNbdkit({ plugin: 'memory', parameters: { size: '1M' }, stateDir: directory })
  await daemon.vm('web').volumes.attach({ id: 'vol-data', uri: server.uri }, { server })
  await daemon.leave()

  const next = new Daemon(stateDir, ({ event }) => seen.push(event))
  await next.start([config])
  const vm = next.vm('web')
  console.log(`adopted ${vm.id}, pid ${vm.pid}`)
  assert.deepEqual(
    (await vm.volumes.list()).map(({ id, state }) => [id, state]),
    [
      ['os', 'boot'],
      ['vol-data', 'attached'],
    ],
  )
  await next.terminate('web')
  assert.equal((await inspectVm('web', { stateDir })).state, 'absent')
  console.log(seen.join(' '))
  assert.ok(seen.includes('VM_STARTED') && seen.includes('VOLUME_ATTACHED') && seen.includes('VM_ENDED'))
} finally {
  for (const { id } of await listVms({ stateDir })) await killVm(id, { stateDir })
  rmSync(directory, { recursive: true, force: true })
}
