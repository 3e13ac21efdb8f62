import type { Fault } from '../../../errors.ts'
import { show } from '../../../util/schema.ts'
import type { VmConfig } from '../schema.ts'
import { memoryFaults } from './memory.ts'

/** What is wrong between the parts of a VM and the rest of its config; keys that are missing are not judged. */
export function partFaults(config: Partial<VmConfig>, vcpus: number | undefined): Fault[] {
  const { arch = 'x86_64', hyperV, memory, memoryMiB, process, passthrough = [] } = config
  const faults: Fault[] = []
  if (memory !== undefined) faults.push(...memoryFaults(memory, memoryMiB, vcpus))
  if (hyperV === true && arch !== 'x86_64') {
    faults.push({ path: 'hyperV', message: `should be left out: there is none on ${arch}`, value: true })
  }
  if (passthrough.length > 0 && process?.user !== undefined) {
    const message = `${show(process.user)} cannot lock memory for passthrough: should be left out`
    faults.push({ path: 'process.user', message, value: process.user })
  }
  const hosts = passthrough.map(({ host }) => host)
  for (const [index, host] of hosts.entries()) {
    const before = hosts.indexOf(host)
    if (before === index) continue
    const message = `${show(host)} is taken by passthrough[${before}].host: should be another one`
    faults.push({ path: `passthrough[${index}].host`, message, value: host })
  }
  return faults
}
