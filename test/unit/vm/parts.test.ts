import { describe, expect, test } from 'vitest'
import { uuidOf } from '../../../src/vm/config/parts/identity.ts'
import { parseVmConfig, renderArgv, VmConfigError } from '../../../src/vm/index.ts'

const config = { name: 'v', cpus: 2, memoryMiB: 256, kernel: { image: '/k' } }

function faultsOf(document: object): string[] {
  try {
    parseVmConfig({ ...config, ...document })
    return []
  } catch (error) {
    if (!(error instanceof VmConfigError)) throw error
    return error.faults.map(({ path, message }) => `${path}: ${message}`)
  }
}

describe('the faults of the parts', () => {
  test.each([
    [{ memory: { maxMiB: 256 } }, 'memory.maxMiB: 256 is not more than memoryMiB 256'],
    [{ memory: { hugePages: '1G' } }, 'memoryMiB: 256 is no multiple of the huge page of 1024 MiB'],
    [{ memory: { numa: [{ memoryMiB: 128 }] } }, 'memory.numa: the nodes have 128 MiB in all'],
    [
      {
        memory: {
          numa: [
            { cpus: '0-1', memoryMiB: 128 },
            { cpus: '1', memoryMiB: 128 },
          ],
        },
      },
      'memory.numa[1].cpus: vCPU 1 is in memory.numa[0] too',
    ],
    [{ memory: { numa: [{ cpus: '0-2', memoryMiB: 256 }] } }, 'memory.numa[0].cpus: vCPU 2 is not there'],
    [
      { memory: { numa: [{ policy: 'bind', memoryMiB: 256 }] } },
      'memory.numa[0].policy: "bind" needs hostNodes',
    ],
    [{ memory: 4096 }, 'memory: 4096 should be an object'],
    [{ vsock: { cid: 2 } }, 'vsock.cid: 2 should be'],
    [{ serials: [{}] }, 'serials[0]: should have a socket, a logFile or both'],
    [{ passthrough: [{ host: '1:0.0' }] }, 'passthrough[0].host: "1:0.0" should be a PCI address'],
    [
      { passthrough: [{ host: '01:00.0' }, { host: '01:00.0' }] },
      'passthrough[1].host: "01:00.0" is taken by passthrough[0].host',
    ],
    [{ arch: 'aarch64', hyperV: true }, 'hyperV: should be left out: there is none on aarch64'],
    [{ fwCfg: [{ name: 'opt/a', data: 'x', file: '/f' }] }, 'fwCfg[0]: should have either file or data'],
    [{ fwCfg: [{ name: 'etc/a', data: 'x' }] }, 'fwCfg[0].name: "etc/a" should be a name below opt/'],
    [{ uuid: '1-2' }, 'uuid: "1-2" should be a UUID'],
    [
      { display: { type: 'vnc', host: '0.0.0.0', port: 5901 } },
      'display.host: "0.0.0.0" lets everybody see and use the guest, without a password',
    ],
    [
      { display: { type: 'spice', port: 5901, password: 'p' } },
      'display.password: "p" is not among the secrets',
    ],
    [
      { guestAgent: { socket: '/run/a' }, console: { socket: '/run/a' } },
      'console.socket: socket "/run/a" is taken by guestAgent.socket',
    ],
  ])('%j', (document, expected) => {
    expect(faultsOf(document).join('\n')).toContain(expected)
  })
})

test('the UUID of a VM is of its name alone', () => {
  expect(uuidOf('web')).toBe(uuidOf('web'))
  expect(uuidOf('web')).not.toBe(uuidOf('web2'))
  expect(uuidOf('web')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('parts take slots that ports do not get', () => {
  const parts = { guestAgent: true, usb: true, watchdog: true, memory: { balloon: true } }
  const security = { defaultDevices: false }
  expect(faultsOf({ security, hotplugPorts: 30 })).toEqual([])
  expect(faultsOf({ ...parts, security, hotplugPorts: 30 }).join()).toContain('4 other devices')
})

test('what Windows wants is added under KVM alone', () => {
  const cpuOf = (accelerator: 'kvm' | 'tcg', cpu?: string) => {
    const words = renderArgv(parseVmConfig({ ...config, accelerator, hyperV: true, ...(cpu && { cpu }) }))
    return words.includes('-cpu') ? words[words.indexOf('-cpu') + 1] : undefined
  }
  expect(cpuOf('kvm')).toMatch(/^host,hv_relaxed,/)
  expect(cpuOf('kvm', 'Skylake-Server')).toMatch(/^Skylake-Server,hv_relaxed,/)
  expect(cpuOf('tcg', 'Skylake-Server')).toBe('Skylake-Server')
})
