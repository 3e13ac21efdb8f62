import type { Fault } from '../../../errors.ts'
import { show } from '../../../util/schema.ts'
import { isVhostUser } from '../../../volumes/forms.ts'
import type { VmConfig } from '../schema.ts'
import { isSpice } from './display.ts'
import { memoryFaults } from './memory.ts'

/** What is wrong between the parts of a VM and the rest of its config; keys that are missing are not judged. */
export function partFaults(config: Partial<VmConfig>, vcpus: number | undefined): Fault[] {
  const { arch = 'x86_64', hyperV, memory, memoryMiB, process, passthrough = [], shares = [] } = config
  const { display, drives = [], usb } = config
  const faults: Fault[] = []
  if (memory !== undefined) faults.push(...memoryFaults(memory, memoryMiB, vcpus))
  if (hyperV === true && arch !== 'x86_64') {
    faults.push({ path: 'hyperV', message: `should be left out: there is none on ${arch}`, value: true })
  }
  if (passthrough.length > 0 && process?.user !== undefined) {
    const message = `${show(process.user)} cannot lock memory for passthrough: should be left out`
    faults.push({ path: 'process.user', message, value: process.user })
  }
  if (shares.length > 0 && memory?.shared === false) {
    const message = 'false does not work with shares, since their programs map the memory: should be left out'
    faults.push({ path: 'memory.shared', message, value: false })
  }
  for (const key of ['id', 'tag'] as const) {
    const names = shares.map((share) => (key === 'id' ? share.id : (share.tag ?? share.id)))
    for (const [index, name] of names.entries()) {
      const before = names.indexOf(name)
      if (before === index) continue
      const message = `${show(name)} is taken by shares[${before}]: should be another one`
      faults.push({ path: `shares[${index}].${key}`, message, value: name })
    }
  }
  for (const [index, { host, mdev }] of passthrough.entries()) {
    if ((host === undefined) !== (mdev === undefined)) continue
    faults.push({
      path: `passthrough[${index}].host`,
      message: 'should be set, or mdev in its place, and not both',
    })
  }
  if (
    typeof usb === 'object' &&
    usb.redirections !== undefined &&
    display !== undefined &&
    !isSpice(display)
  ) {
    const message = 'need SPICE: display should be {"type": "spice", …}'
    faults.push({ path: 'usb.redirections', message, value: usb.redirections })
  }
  if (drives.some(isVhostUser) && memory?.shared === false) {
    const message =
      'false does not work with a vhost-user disk, since its program maps the memory: should be left out'
    faults.push({ path: 'memory.shared', message, value: false })
  }
  const hosts = passthrough.map(({ host, mdev }) => host ?? mdev)
  for (const [index, host] of hosts.entries()) {
    const before = hosts.indexOf(host)
    if (before === index || host === undefined) continue
    const message = `${show(host)} is taken by passthrough[${before}].host: should be another one`
    faults.push({ path: `passthrough[${index}].host`, message, value: host })
  }
  return faults
}
