import { existsSync } from 'node:fs'
import { access, constants, readFile, statfs } from 'node:fs/promises'
import { availableParallelism, arch as nodeArch, release, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { outputOf } from '../../process/index.ts'
import type { QmpClient } from '../../qmp/index.ts'
import { messageOf } from '../errors.ts'
import { orphanedServers } from '../life/servers.ts'
import { askQemu } from '../qemu/bare-qemu.ts'
import { probeCapabilities } from '../qemu/capabilities.ts'
import { faultOfIoUring } from '../qemu/io-uring.ts'
import { defaultStateDir } from '../record/paths.ts'
import {
  type HostFacts,
  type ProgramFacts,
  parseHypervisor,
  parseLimit,
  parseLimits,
  parseMeminfo,
} from './facts.ts'
import { settings } from './tuning.ts'

const versionTimeoutMs = 5_000
const mib = 1024 * 1024

export interface HostOptions {
  /** Where VMs are to be; as for `launchVm` when absent. */
  readonly stateDir?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Looks at this host, and runs QEMU and nbdkit for a moment. Throws on abort only. */
export async function readHost({ stateDir, signal }: HostOptions): Promise<HostFacts> {
  const arch = nodeArch() === 'arm64' ? 'aarch64' : 'x86_64'
  const [
    programs,
    sysctls,
    limits,
    pidsMax,
    meminfo,
    transparentHugePages,
    place,
    shmFreeMiB,
    governor,
    kept,
  ] = await Promise.all([
    readPrograms(arch, signal),
    readSysctls(),
    read('/proc/self/limits'),
    readPidsMax(),
    read('/proc/meminfo'),
    read('/sys/kernel/mm/transparent_hugepage/enabled'),
    readStateDir(stateDir),
    freeMiB('/dev/shm').catch(() => undefined),
    readGovernor(),
    readKept(stateDir),
  ])
  return {
    ...programs,
    ...kept,
    arch,
    kernel: release(),
    cpus: availableParallelism(),
    sysctls,
    limits: parseLimits(limits ?? ''),
    pidsMax,
    memory: parseMeminfo(meminfo ?? ''),
    transparentHugePages,
    stateDir: place,
    shmFreeMiB,
    governor,
    hasTun: existsSync('/dev/net/tun'),
    hasNbdModule: existsSync('/sys/module/nbd'),
    cgroup: existsSync('/sys/fs/cgroup/cgroup.controllers')
      ? 'v2'
      : existsSync('/sys/fs/cgroup')
        ? 'v1'
        : undefined,
  }
}

/** The texts of all settings this kernel lets be read. */
export async function readSysctls(): Promise<Record<string, string | undefined>> {
  const keys = [...settings.map(({ key }) => key), 'kernel.io_uring_disabled']
  const pairs = keys.map(async (key) => [key, await read(`/proc/sys/${key.replaceAll('.', '/')}`)] as const)
  return Object.fromEntries(await Promise.all(pairs))
}

async function readPrograms(arch: 'x86_64' | 'aarch64', signal: AbortSignal | undefined) {
  const binary = `qemu-system-${arch}`
  const [asked, kvmFault, nbdkit] = await Promise.all([
    askQemu(binary, ['-machine', 'none', '-S'], askVersion, signal).catch((error: unknown) => {
      signal?.throwIfAborted()
      return { qemu: { fault: messageOf(error) }, ioUring: 'unasked' } as const
    }),
    faultOfKvm(binary, signal),
    versionOf('nbdkit', signal),
  ])
  return { ...asked, kvmFault, nbdkit }
}

async function faultOfKvm(binary: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    return (await probeCapabilities(binary, { fresh: true, signal })).kvmFault
  } catch (error) {
    signal?.throwIfAborted()
    return `it was not tried: ${messageOf(error)}`
  }
}

async function askVersion(qmp: QmpClient): Promise<Pick<HostFacts, 'qemu' | 'ioUring'>> {
  const { major, minor, micro } = qmp.greeting.version.qemu
  const fault = await faultOfIoUring(qmp)
  const ioUring = fault === undefined ? ('works' as const) : { fault }
  return { qemu: { version: `${major}.${minor}.${micro}` }, ioUring }
}

/** What a program answers to `--version`: its name and a number. */
async function versionOf(command: string, signal: AbortSignal | undefined): Promise<ProgramFacts> {
  try {
    const said = await outputOf({ command, args: ['--version'], timeoutMs: versionTimeoutMs, signal })
    const version = /\d+(?:\.\d+)+/.exec(said)?.[0]
    return version === undefined ? { fault: `${command} --version says: ${said}` } : { version }
  } catch (error) {
    signal?.throwIfAborted()
    return { fault: messageOf(error) }
  }
}

/** The least of what a process of ours is held to, from its own control group up to the root. */
async function readPidsMax(): Promise<number | undefined> {
  const groups = (await read('/proc/self/cgroup')) ?? ''
  const path = /^0::(\/.*)$/m.exec(groups)?.[1]
  if (path === undefined || !existsSync('/sys/fs/cgroup/cgroup.controllers')) return undefined
  // The root has one as well where it is the root of a container only.
  const parts = ['', ...path.split('/').filter(Boolean)]
  const texts = await Promise.all(
    parts.map((_, depth) => read(join('/sys/fs/cgroup', ...parts.slice(0, depth + 1), 'pids.max'))),
  )
  return Math.min(...texts.map((text) => parseLimit(text ?? '') ?? Number.POSITIVE_INFINITY))
}

async function readStateDir(given: string | undefined): Promise<HostFacts['stateDir']> {
  try {
    const path = resolve(given ?? defaultStateDir())
    let existing = path
    while (!existsSync(existing)) existing = dirname(existing)
    // The dot is in directories only.
    await access(`${existing}/.`, constants.W_OK | constants.X_OK)
    return { path, freeMiB: await freeMiB(existing) }
  } catch (error) {
    return { fault: messageOf(error) }
  }
}

/** What there is of servers nobody ends, whether the state directory stays, and whose guest this host is. */
async function readKept(
  given: string | undefined,
): Promise<Pick<HostFacts, 'orphans' | 'linger' | 'hypervisor'>> {
  const [orphans, linger, cpuinfo, vendor] = await Promise.all([
    findOrphans(given).catch(() => undefined),
    readLinger(given),
    read('/proc/cpuinfo'),
    read('/sys/class/dmi/id/sys_vendor'),
  ])
  return { orphans, linger, hypervisor: parseHypervisor(cpuinfo, vendor) }
}

async function findOrphans(stateDir: string | undefined): Promise<string[]> {
  const found = await orphanedServers({ stateDir })
  return found.map(({ directory, id, listed }) => (listed ? id : directory))
}

/** For the state directory of a user that logind keeps. */
async function readLinger(given: string | undefined): Promise<HostFacts['linger']> {
  try {
    const isSession = /^\/run\/user\/\d+(?:\/|$)/.test(resolve(given ?? defaultStateDir()))
    if (!isSession || !existsSync('/run/systemd/system')) return 'not needed'
    return existsSync(join('/var/lib/systemd/linger', userInfo().username)) ? 'on' : 'off'
  } catch {
    return undefined
  }
}

async function freeMiB(path: string): Promise<number> {
  const { bavail, bsize, blocks } = await statfs(path)
  // A file system that counts no blocks, as ramfs, has no size of its own.
  return blocks === 0 ? Number.POSITIVE_INFINITY : Math.floor((bavail * bsize) / mib)
}

async function readGovernor(): Promise<HostFacts['governor']> {
  const [name, driver] = await Promise.all(
    ['scaling_governor', 'scaling_driver'].map((file) =>
      read(`/sys/devices/system/cpu/cpu0/cpufreq/${file}`),
    ),
  )
  return name === undefined || driver === undefined ? undefined : { name: name.trim(), driver: driver.trim() }
}

function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
