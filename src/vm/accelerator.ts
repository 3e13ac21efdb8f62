import { open, readFile } from 'node:fs/promises'
import { arch as nodeArch } from 'node:os'
import { askQemu } from './bare-qemu.ts'
import { messageOf } from './errors.ts'
import { resolveVm } from './resolve.ts'
import type { VmConfig } from './schema.ts'

export interface AcceleratorChoice {
  readonly accelerator: 'kvm' | 'tcg'
  /** Why it is not KVM, when that would have been better. */
  readonly warning?: string
}

/** What a host says about KVM without running anything. */
export interface KvmHost {
  readonly arch: string
  /** Why /dev/kvm cannot be opened for reading and writing; undefined when it can. */
  readonly deviceFault: string | undefined
  /** /proc/cpuinfo. */
  readonly cpuinfo: string
}

const trials = new Map<string, Promise<string | undefined>>()

/**
 * Kvm where it really runs a guest of this kind, else tcg with the reason as a warning. Asks only for `auto`; a trial
 * run of QEMU is made once for each binary and CPU model in the life of this process.
 */
export async function chooseAccelerator(config: VmConfig, signal?: AbortSignal): Promise<AcceleratorChoice> {
  if (config.accelerator !== 'auto') return { accelerator: config.accelerator === 'tcg' ? 'tcg' : 'kvm' }
  const obstacle = kvmObstacle(config.arch, await lookAtHost()) ?? (await tryOnce(config, signal))
  if (obstacle === undefined) return { accelerator: 'kvm' }
  return { accelerator: 'tcg', warning: `KVM is not used, the guest runs slowly under TCG: ${obstacle}` }
}

/** What `chooseAccelerator` would most likely say, without running anything. */
export async function guessAccelerator(config: VmConfig): Promise<AcceleratorChoice['accelerator']> {
  if (config.accelerator !== 'auto') return config.accelerator === 'tcg' ? 'tcg' : 'kvm'
  return kvmObstacle(config.arch, await lookAtHost()) === undefined ? 'kvm' : 'tcg'
}

/**
 * Why KVM cannot be used, as far as the host's own word goes. Pure. A /dev/kvm alone proves nothing: some clouds
 * offer one on a CPU without virtualization, whose guests hang in early boot.
 */
export function kvmObstacle(guestArch: VmConfig['arch'], host: KvmHost): string | undefined {
  if (host.arch !== guestArch) return `the host is ${host.arch}, the guest ${guestArch}`
  if (host.deviceFault !== undefined) return host.deviceFault
  if (host.arch === 'x86_64' && !/^flags\s*:.*\b(?:vmx|svm)\b/m.test(host.cpuinfo)) {
    return 'the CPU has no virtualization (neither vmx nor svm in /proc/cpuinfo), so the KVM here only emulates'
  }
  return undefined
}

async function lookAtHost(): Promise<KvmHost> {
  const deviceFault = await open('/dev/kvm', 'r+').then(
    async (file) => {
      await file.close()
      return undefined
    },
    (error: unknown) => `/dev/kvm cannot be opened: ${messageOf(error)}`,
  )
  const names: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }
  const arch = nodeArch()
  return {
    arch: names[arch] ?? arch,
    deviceFault,
    cpuinfo: await readFile('/proc/cpuinfo', 'utf8').catch(() => ''),
  }
}

function tryOnce(config: VmConfig, signal: AbortSignal | undefined): Promise<string | undefined> {
  const { binary, machine, cpu } = resolveVm(config, { accelerator: 'kvm' })
  const key = JSON.stringify([binary, machine, cpu])
  const known = trials.get(key)
  if (known !== undefined) return known
  const trial = tryKvm(binary, machine, cpu, signal)
  trials.set(key, trial)
  // An abort says nothing about KVM.
  trial.catch(() => trials.delete(key))
  return trial
}

/** Runs an empty machine: some hosts abort QEMU when the first vCPU is made. */
async function tryKvm(
  binary: string,
  machine: string | undefined,
  cpu: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const args = [
    ...['-accel', 'kvm', '-m', '64'],
    ...(machine === undefined ? [] : ['-M', machine]),
    ...(cpu === undefined ? [] : ['-cpu', cpu]),
  ]
  try {
    const { status } = await askQemu(binary, args, (qmp) => qmp.execute('query-status'), signal)
    return status === 'running' ? undefined : `a trial machine was ${status}`
  } catch (error) {
    signal?.throwIfAborted()
    return `a trial machine failed: ${messageOf(error)}`
  }
}
