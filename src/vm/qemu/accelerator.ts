import { open, readFile } from 'node:fs/promises'
import { arch as nodeArch } from 'node:os'
import { resolveChecked } from '../config/resolve.ts'
import type { VmConfig } from '../config/schema.ts'
import { messageOf, VmError } from '../errors.ts'
import { askQemu } from './bare-qemu.ts'
import { Trials, type Verdict } from './trials.ts'

export interface AcceleratorChoice {
  readonly accelerator: 'kvm' | 'tcg'
  /** Why it is not KVM, when that would have been better. */
  readonly warning?: string
  /** The warning may not hold the next time: a trial machine was only slow. */
  readonly passing?: boolean | undefined
}

/** What a host says about KVM without running anything. */
export interface KvmHost {
  readonly arch: string
  /** Why /dev/kvm cannot be opened for reading and writing; undefined when it can. */
  readonly deviceFault: string | undefined
  /** /proc/cpuinfo. */
  readonly cpuinfo: string
}

const trials = new Trials()

/**
 * Kvm where it really runs a guest of this kind, else tcg with the reason as a warning. Asks only for `auto`; a trial
 * run of QEMU is made once for each binary and CPU model in the life of this process, unless it was only too slow to tell.
 * @throws VmError VM_ABORTED on abort, which leaves the trial to others who wait for it.
 */
export async function chooseAccelerator(config: VmConfig, signal?: AbortSignal): Promise<AcceleratorChoice> {
  if (config.accelerator !== 'auto') return { accelerator: config.accelerator === 'tcg' ? 'tcg' : 'kvm' }
  const obstacle = kvmObstacle(config.arch, await lookAtHost())
  const { fault, passing } = obstacle === undefined ? await tryOnce(config, signal) : { fault: obstacle }
  if (fault === undefined) return { accelerator: 'kvm' }
  return {
    accelerator: 'tcg',
    passing,
    warning: `KVM is not used, the guest runs slowly under TCG: ${fault}`,
  }
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

function tryOnce(config: VmConfig, signal: AbortSignal | undefined): Promise<Verdict> {
  const { binary, machine, cpu } = resolveChecked(config, { accelerator: 'kvm' })
  return trials.ask(JSON.stringify([binary, machine, cpu]), () => tryKvm(binary, machine, cpu), signal)
}

/** Runs an empty machine: some hosts abort QEMU when the first vCPU is made. */
async function tryKvm(
  binary: string,
  machine: string | undefined,
  cpu: string | undefined,
): Promise<Verdict> {
  const args = [
    ...['-accel', 'kvm', '-m', '64'],
    ...(machine === undefined ? [] : ['-M', machine]),
    ...(cpu === undefined ? [] : ['-cpu', cpu]),
  ]
  try {
    const { status } = await askQemu(binary, args, (qmp) => qmp.execute('query-status'))
    return { fault: status === 'running' ? undefined : `a trial machine was ${status}` }
  } catch (error) {
    const passing = error instanceof VmError && error.code === 'VM_TIMEOUT'
    return { fault: `a trial machine failed: ${messageOf(error)}`, passing }
  }
}
