import { readdir } from 'node:fs/promises'
import { outputOf } from '../../process/index.ts'
import type { Pinning } from '../config/parts/pinning.ts'
import { messageOf, VmError } from '../errors.ts'
import type { Vm } from '../life/roles.ts'

const timeoutMs = 30_000
const programTimeoutMs = 10_000

/** A thread of QEMU's and the CPUs of the host it is to run on. */
interface Pin {
  readonly thread: number
  readonly cpus: string
}

/**
 * Puts the threads of a VM on the CPUs that its config has for them, before its launch is over.
 * @throws VmError VM_LAUNCH with the kernel's words, for CPUs that are not there or not ours.
 */
export async function pinThreads(
  { id, pid, qmp }: Pick<Vm, 'id' | 'pid' | 'qmp'>,
  pinning: Pinning | undefined,
): Promise<void> {
  if (pinning === undefined) return
  const [vcpus, iothreads, all] = await Promise.all([
    qmp.execute('query-cpus-fast', undefined, { timeoutMs }),
    qmp.execute('query-iothreads', undefined, { timeoutMs }),
    readdir(`/proc/${pid}/task`),
  ])
  const ofVcpus = vcpus.map((cpu) => ({ index: Number(cpu['cpu-index']), thread: Number(cpu['thread-id']) }))
  const ofIothreads = iothreads.map((one) => ({ id: one.id, thread: Number(one['thread-id']) }))
  for (const { cpus, thread } of pinsOf(pinning, { all: all.map(Number), ofIothreads, ofVcpus })) {
    const args = ['-p', '-c', cpus, String(thread)]
    await outputOf({ command: 'taskset', args, timeoutMs: programTimeoutMs }).catch((cause: unknown) => {
      const what = `the threads of VM ${id} cannot be put on the CPUs ${cpus}`
      throw new VmError('VM_LAUNCH', `${what}: ${messageOf(cause)}`, { cause, details: { vm: id } })
    })
  }
}

interface Threads {
  readonly all: readonly number[]
  readonly ofVcpus: readonly { readonly index: number; readonly thread: number }[]
  readonly ofIothreads: readonly { readonly id: string; readonly thread: number }[]
}

/** Which thread goes where. QEMU's main thread is among the others, and what it starts later goes where that is. Pure. */
export function pinsOf({ emulator, iothreads, vcpus }: Pinning, threads: Threads): readonly Pin[] {
  const { all, ofIothreads, ofVcpus } = threads
  const named = new Set([...ofVcpus, ...ofIothreads].map(({ thread }) => thread))
  const others = all.filter((thread) => !named.has(thread))
  const pin = (thread: number, cpus: string | undefined) => (cpus === undefined ? [] : [{ thread, cpus }])
  return [
    ...others.flatMap((thread) => pin(thread, emulator)),
    ...ofIothreads.flatMap(({ id, thread }) =>
      pin(thread, typeof iothreads === 'string' ? iothreads : iothreads?.[id]),
    ),
    ...ofVcpus.flatMap(({ index, thread }) =>
      pin(thread, typeof vcpus === 'string' ? vcpus : vcpus?.[index]),
    ),
  ]
}
