import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import {
  type LaunchOptions,
  launchVm,
  type QmpClient,
  type Vm,
  type VmConfigInput,
  type VmPaths,
} from 'qemu-launch'
import { type NbdkitOptions, type NbdServer, startNbdkit } from 'qemu-launch/volumes'
import { testGuest } from './guest.ts'
import { GuestConsole } from './guest-console.ts'

/** A directory of this run that the orphan check watches; made when asked for. */
export function testDirectory(name = ''): string {
  const root = process.env.QEMU_LAUNCH_TEST_TMP
  if (root === undefined) throw new Error('not run by vitest: QEMU_LAUNCH_TEST_TMP is not set')
  const directory = join(root, name)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return directory
}

let made = 0
/** A name no other test of this run has. */
export const freshName = (kind: string) => `${kind}${process.pid}-${++made}`

export const stateDirectory = () => testDirectory('s')

/** An empty file of this size (1 MiB), all of it a hole. */
export function blankFile(sizeMiB = 1): string {
  const path = join(testDirectory(), `${freshName('f')}.img`)
  writeFileSync(path, '')
  truncateSync(path, sizeMiB * 1024 * 1024)
  return path
}

/** A VM that needs no guest: QEMU starts it in some 40 ms, and its BIOS finds nothing to boot on its disk `os`. */
export const bareConfig = (config: Partial<VmConfigInput> = {}): VmConfigInput => ({
  name: freshName('b'),
  accelerator: 'tcg',
  cpu: 'max',
  cpus: 2,
  memoryMiB: 64,
  // With an engine of its own: else its launch would ask QEMU about io_uring.
  drives: [{ id: 'os', source: { type: 'file', path: blankFile() }, format: 'raw', aio: 'threads' }],
  ...config,
})

/**
 * The test guest with 256 MiB and 2 vCPUs; on QEMU 10.0 with one: beside a second its TCG loses an interrupt or aborts
 * (`iotlb_to_section`) about once in 3,000 times that a disk comes or goes during I/O on a busy host.
 */
export function guestConfig(config: Partial<VmConfigInput> = {}): VmConfigInput {
  const { kernel, initrd, append } = testGuest()
  return {
    ...bareConfig({ name: freshName('g'), memoryMiB: 256, drives: [] }),
    cpus: process.env.QEMU_LAUNCH_TEST_QEMU === '10.0' ? 1 : 2,
    kernel: { image: kernel, initrd, append },
    ...config,
  }
}

/** Starts a VM below the directory of this run. */
export async function startVm(
  config: VmConfigInput = bareConfig(),
  options: LaunchOptions = {},
): Promise<Vm> {
  return launchVm(config, { stateDir: stateDirectory(), ...options })
}

/** A VM with a guest whose shell answers. */
export interface RunningGuest extends AsyncDisposable {
  readonly vm: Vm
  readonly console: GuestConsole
}

export interface GuestOptions extends LaunchOptions {
  readonly config?: Partial<VmConfigInput>
  /** Return as soon as QEMU answers, with the guest not yet up. */
  readonly early?: boolean
}

/** Launches the test guest and waits until its shell answers. */
export async function bootGuest({ config, early, ...options }: GuestOptions = {}): Promise<RunningGuest> {
  const vm = await startVm(guestConfig(config), options)
  const end = async () => {
    if (vm.state !== 'exited') await vm.kill()
  }
  try {
    const console = await connectConsole(vm)
    const isPlain = config?.arch !== 'aarch64' && config?.firmware === undefined
    if (!early) await console.waitForReady({ ask: isPlain })
    return {
      vm,
      console,
      async [Symbol.asyncDispose]() {
        console.close()
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** The guest's shell by the console that the VM's owner serves. */
export async function connectConsole(vm: Vm): Promise<GuestConsole> {
  const socket = connect(vm.paths.console)
  await once(socket, 'connect')
  return GuestConsole.attach(socket)
}

/** An NBD server of this run's own, with a memory disk of 16 MiB unless told otherwise. It ends with this process. */
export function startDisk(options: Partial<NbdkitOptions> = {}): Promise<NbdServer> {
  process.env.TMPDIR = testDirectory('t')
  return startNbdkit({
    plugin: 'memory',
    ...(options.plugin === undefined ? { parameters: { size: '16M' } } : {}),
    socket: join(testDirectory(), `${freshName('d')}.sock`),
    exitWithParent: true,
    ...options,
  })
}

/** Everything on a disk, read from its server by another client than QEMU. */
export function readDisk({ address }: NbdServer): Buffer {
  if (address.type !== 'unix') throw new Error('only for servers on a unix socket')
  return execFileSync('nbdcopy', [`nbd+unix:///?socket=${address.path}`, '-'], {
    maxBuffer: 256 * 1024 * 1024,
  })
}

/** What QEMU holds of disks: to be compared with what it held before. */
export async function qemuDisks(qmp: QmpClient) {
  const [nodes, threads, devices] = await Promise.all([
    qmp.execute('query-named-block-nodes'),
    qmp.execute('query-iothreads'),
    qmp.execute('qom-list', { path: '/machine/peripheral' }),
  ])
  return {
    nodes: nodes.map((node) => node['node-name']).sort(),
    iothreads: threads.map(({ id }) => id).sort(),
    devices: devices.map(({ name }) => name).sort(),
  }
}

/** The attachments on record, those that have ended too. */
export function attachmentsOf({
  state,
}: Pick<VmPaths, 'state'>): { id: string; phase: string; how?: string; server?: { directory: string } }[] {
  return JSON.parse(readFileSync(state, 'utf8')).attachments
}

/** The volumes on record that have not ended, `[id, phase]`. */
export function recorded({ paths }: Pick<Vm, 'paths'>): [string, string][] {
  return attachmentsOf(paths).flatMap(({ id, phase }): [string, string][] =>
    phase === 'ended' ? [] : [[id, phase]],
  )
}

/** Whether a process lives; one that only waits to be reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false // gone, before the read or in its midst
  }
}

/** The unix sockets, alive in some process, whose path is below a directory. */
export function socketsBelow(directory: string): string[] {
  return readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .map((line) => line.slice(line.indexOf('/')))
    .filter((path) => path.startsWith(`${directory}/`))
}

/** What an operation rejects with; fails when it does not. */
export async function failureOf(operation: Promise<unknown>): Promise<unknown> {
  const outcome = await operation.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  if (outcome === undefined) throw new Error('it did not fail')
  return outcome.error
}

/** Something to wait for that is made to happen elsewhere. */
export function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
