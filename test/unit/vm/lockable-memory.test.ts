import { expect, test } from 'vitest'
import { parseVmConfig } from '../../../src/vm/config/config.ts'
import { resolveVm } from '../../../src/vm/config/resolve.ts'
import { lockFault, readLockLimits } from '../../../src/vm/qemu/lockable-memory.ts'

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax locked memory         ${soft}            8388608              bytes\n`
const status = (capabilities: string) => `Name:\tnode\nCapEff:\t${capabilities}\n`
const plain = status('0000000000000000')

const vm = (more: object = {}) =>
  resolveVm(
    parseVmConfig({
      name: 'v',
      cpus: 1,
      memoryMiB: 64,
      kernel: { image: 'k' },
      passthrough: [{ host: '01:00.0' }],
      ...more,
    }),
  )

test('memory that cannot be locked is told with the limit and what to do', () => {
  const fault = lockFault(vm(), readLockLimits(limits('8388608'), plain))
  expect(fault).toMatch(/64 MiB, and the limit here is 8 MiB: raise it .*LimitMEMLOCK/)
  expect(lockFault(vm(), readLockLimits(limits('67108864'), plain))).toBeUndefined()
  expect(lockFault(vm({ memory: { maxMiB: 128 } }), readLockLimits(limits('67108864'), plain))).toMatch(
    /128 MiB, and the limit here is 64 MiB/,
  )
})

test('no limit, and who may lock more than it allows, is not refused; nor is what the kernel does not tell', () => {
  const root = status('000001ffffffffff')
  expect(lockFault(vm(), readLockLimits(limits('unlimited'), plain))).toBeUndefined()
  expect(lockFault(vm(), readLockLimits(limits('8388608'), root))).toBeUndefined()
  expect(lockFault(vm(), readLockLimits('', ''))).toBeUndefined()
})
