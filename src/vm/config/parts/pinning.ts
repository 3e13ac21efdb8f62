import type { Fault } from '../../../errors.ts'
import { should, show, strict, z } from '../../../util/schema.ts'
import { numberList } from './memory.ts'

/** On which of the host's CPUs the threads of a VM run. */
export const pinningSchema = strict({
  vcpus: z
    .union([numberList, z.array(numberList).min(1)], {
      error: should('be CPUs of the host, such as 0-3, or a list with those of each vCPU'),
    })
    .optional()
    .describe('CPUs of the host for all vCPUs together, or a list with one entry for each vCPU'),
  iothreads: z
    .union([numberList, z.record(z.string(), numberList)], {
      error: should('be CPUs of the host, such as 0-3, or {"<iothread>": "0-3"}'),
    })
    .optional()
    .describe('CPUs of the host for all iothreads of the config, or an object by their ids'),
  emulator: numberList.optional().describe("CPUs of the host for QEMU's other threads"),
})

export type Pinning = z.output<typeof pinningSchema>

/** What is pinned that is not there. */
export function pinningFaults(
  { iothreads = {}, vcpus }: Pinning,
  { maxVcpus, threads }: { readonly maxVcpus: number | undefined; readonly threads: readonly string[] },
): Fault[] {
  const faults: Fault[] = []
  if (Array.isArray(vcpus) && maxVcpus !== undefined && vcpus.length > maxVcpus) {
    const message = `has ${vcpus.length} entries for ${maxVcpus} vCPUs: should have at most ${maxVcpus}`
    faults.push({ path: 'pinning.vcpus', message })
  }
  for (const id of typeof iothreads === 'string' ? [] : Object.keys(iothreads)) {
    if (threads.includes(id)) continue
    const among = threads.length === 0 ? 'there are none' : threads.join(', ')
    faults.push({
      path: `pinning.iothreads.${id}`,
      message: `${show(id)} is not among the iothreads: ${among}`,
      value: id,
    })
  }
  return faults
}
