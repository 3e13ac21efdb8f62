import type { IoUring } from '../config/aio.ts'
import type { ResolvedVm } from '../config/resolve.ts'
import type { VmConfig } from '../config/schema.ts'
import { VmError } from '../errors.ts'
import { deviceProperties, factsOf } from './capabilities.ts'
import { devicesToAsk, lacking, type Need, needsOf } from './needs.ts'

/**
 * Refuses a VM whose QEMU does not have what the config asks for. A config that asks for nothing special costs
 * nothing here; any other the first time a run of QEMU, and later the reading of a file.
 * @returns whether this QEMU knows `-run-with user=`, as far as that matters.
 * @throws VmError VM_UNSUPPORTED with everything that is missing, and the version that has it; VM_ABORTED on abort.
 */
export async function fitToQemu(
  vm: ResolvedVm,
  asked: VmConfig['accelerator'],
  signal?: AbortSignal,
): Promise<boolean> {
  const needs = needsOf(vm, asked)
  if (needs.length === 0 && vm.process.user === undefined) return true
  // A program that cannot be asked will not start a VM either, and its own words are better then.
  const first = await judge(vm.binary, needs, { signal, fresh: false }).catch((error: unknown) => {
    if (error instanceof VmError && error.code === 'VM_LAUNCH') return undefined
    throw error
  })
  if (first === undefined) return true
  // A package may have brought the missing thing since.
  const last =
    first.faults.length > 0 && first.fromCache
      ? await judge(vm.binary, needs, { signal, fresh: true })
      : first
  if (last.faults.length > 0) {
    const { major, minor, micro } = last.facts.version
    const version = `${major}.${minor}.${micro}`
    const list = last.faults.map(({ path, message }) => `${path}: ${message}`).join('\n')
    throw new VmError(
      'VM_UNSUPPORTED',
      `VM ${vm.name} cannot start: ${vm.binary} ${version} lacks what its config asks for:\n${list}`,
      {
        details: { vm: vm.name, binary: vm.binary, version, faults: last.faults },
      },
    )
  }
  return last.facts.features.runWithUser
}

/** How io_uring does for this QEMU; unasked when the binary does not answer. @throws VmError VM_ABORTED on abort. */
export async function ioUringOf(binary: string, signal?: AbortSignal): Promise<IoUring> {
  const kept = await known(binary, signal)
  if (kept === undefined) return 'unasked'
  return { fault: kept.facts.features.aioIoUring ? kept.ioUringFault : 'this QEMU is built without it' }
}

/** Whether this QEMU makes a FAT disk of a folder, as far as it can be asked. @throws VmError VM_ABORTED on abort. */
export async function canVvfat(binary: string, signal?: AbortSignal): Promise<boolean> {
  return (await known(binary, signal))?.facts.features.vvfat ?? true
}

/** A program that cannot be asked, or is too slow with its answer, starts its VM all the same, or says itself why it does not. */
async function known(binary: string, signal: AbortSignal | undefined) {
  return factsOf(binary, { signal }).catch((error: unknown) => {
    if (error instanceof VmError && error.code !== 'VM_ABORTED') return undefined
    throw error
  })
}

async function judge(
  binary: string,
  needs: readonly Need[],
  options: { readonly signal: AbortSignal | undefined; readonly fresh: boolean },
) {
  const { facts, fromCache } = await factsOf(binary, options)
  const properties = { ...facts.properties }
  for (const device of devicesToAsk(needs)) {
    properties[device] = [...(await deviceProperties(binary, device, { signal: options.signal }))]
  }
  return { facts, fromCache, faults: lacking(needs, { ...facts, properties }) }
}
