import { describe, expect, test } from 'vitest'
import { type KvmHost, kvmObstacle } from '../../../src/vm/qemu/accelerator.ts'

const good: KvmHost = { arch: 'x86_64', deviceFault: undefined, cpuinfo: 'flags\t\t: fpu vme vmx sse\n' }

describe('kvmObstacle', () => {
  test('is absent on a host of the same kind with virtualization', () => {
    expect(kvmObstacle('x86_64', good)).toBeUndefined()
    expect(kvmObstacle('x86_64', { ...good, cpuinfo: 'flags : svm' })).toBeUndefined()
    expect(kvmObstacle('aarch64', { ...good, arch: 'aarch64', cpuinfo: '' })).toBeUndefined()
  })

  test('is a foreign guest, a closed device, a CPU that cannot', () => {
    expect(kvmObstacle('aarch64', good)).toBe('the host is x86_64, the guest aarch64')
    expect(kvmObstacle('x86_64', { ...good, deviceFault: '/dev/kvm cannot be opened: EACCES' })).toContain(
      'EACCES',
    )
    expect(kvmObstacle('x86_64', { ...good, cpuinfo: 'flags : fpu hypervisor\nvmx flags : none' })).toContain(
      'neither vmx nor svm',
    )
  })
})
