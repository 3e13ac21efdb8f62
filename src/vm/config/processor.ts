import type { Fault } from '../../errors.ts'
import { show } from '../../util/schema.ts'
import type { VmConfig } from './schema.ts'

/** What is wrong between the keys about the processor. */
export function processorFaults({ cpus, cpu, accelerator, machine }: Partial<VmConfig>): Fault[] {
  const faults: Fault[] = []
  if (typeof cpus === 'object') faults.push(...topology(cpus))
  if (accelerator === 'tcg' && cpu !== undefined && /^host\b/.test(cpu)) {
    faults.push({
      path: 'cpu',
      message: `${show(cpu)} needs KVM: should be max with accelerator tcg`,
      value: cpu,
    })
  }
  if (machine !== undefined && /,accel=/.test(machine)) {
    faults.push({
      path: 'machine',
      message: `${show(machine)} names an accelerator: should leave that to the key accelerator`,
      value: machine,
    })
  }
  return faults
}

/** QEMU's own sum: what is given must divide the CPUs there may be, and make them up when all is given. */
function topology(cpus: Exclude<VmConfig['cpus'], number>): Fault[] {
  const most = cpus.maxCpus ?? cpus.count
  if (most < cpus.count) {
    return [
      {
        path: 'cpus.maxCpus',
        message: `${most} is less than the count: should be at least ${cpus.count}`,
        value: most,
      },
    ]
  }
  const given = [cpus.sockets, cpus.cores, cpus.threads].filter((part) => part !== undefined)
  const product = given.reduce((all, part) => all * part, 1)
  if (given.length === 3 ? product === most : most % product === 0) return []
  return [
    {
      path: 'cpus',
      message: `sockets, cores and threads make ${given.join(' × ')} = ${product}: should be ${given.length === 3 ? '' : 'a divisor of '}${most}, the number of vCPUs`,
      value: cpus,
    },
  ]
}
