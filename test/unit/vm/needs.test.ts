import { describe, expect, test } from 'vitest'
import { parseVmConfig, resolveVm, type VmConfigInput } from '../../../src/vm/index.ts'
import type { Facts } from '../../../src/vm/qemu/capability-facts.ts'
import { lacking, needsOf } from '../../../src/vm/qemu/needs.ts'

const base: VmConfigInput = { name: 'vm', cpus: 1, memoryMiB: 64, kernel: { image: '/k' } }
const source = { type: 'file' as const, path: '/a' }

const old: Facts = {
  version: { major: 7, minor: 2, micro: 22 },
  package: '',
  arch: 'x86_64',
  machines: [{ name: 'pc-q35-7.2', alias: 'q35', isDefault: false }],
  builtIn: ['tcg'],
  devices: ['e1000', 'ich9-ahci', 'virtio-balloon-pci'],
  options: { sandbox: ['enable'] },
  features: {
    jsonDevice: true,
    nbdOpenTimeout: true,
    aioNative: true,
    aioIoUring: false,
    reconnectMs: false,
    runWithUser: false,
    runWithChroot: false,
    sandbox: true,
    iothreadVqMapping: false,
    discardNoUnref: false,
    vvfat: true,
  },
  properties: { 'virtio-blk-pci': ['drive', 'iothread'] },
}
const late: Facts = {
  ...old,
  version: { major: 10, minor: 0, micro: 2 },
  machines: [{ name: 'pc-q35-10.0', alias: 'q35', isDefault: false }],
  builtIn: ['kvm', 'tcg'],
  options: { 'run-with': ['user', 'chroot'] },
  features: { ...old.features, aioIoUring: true, runWithUser: true },
  properties: { 'virtio-blk-pci': ['iothread-vq-mapping'] },
}

const needs = (config: Partial<VmConfigInput>) => {
  const checked = parseVmConfig({ ...base, ...config })
  return needsOf(resolveVm(checked), checked.accelerator)
}
const faults = (config: Partial<VmConfigInput>, facts: Facts) =>
  lacking(needs(config), facts).map(({ path, message }) => `${path}: ${message}`)

describe('what a config asks of its QEMU', () => {
  test.each<[string, Partial<VmConfigInput>]>([
    ['the defaults', {}],
    ['the usual machines', { machine: 'q35' }],
    ['no machine', { machine: 'qemu-default' }],
    [
      'the usual devices',
      { nics: [{ type: 'user', id: 'n' }], rawDevices: ['virtio-net-pci,netdev=n', 'pcie-root-port,id=p'] },
    ],
    ['threads', { drives: [{ id: 'a', source, aio: 'threads' }] }],
  ])('is nothing for %s', (_what, config) => {
    expect(needs(config)).toEqual([])
  })

  test.each<[string, Partial<VmConfigInput>, string]>([
    [
      'a machine',
      { machine: 'pc-q35-9.1,smm=off' },
      'machine: the machine pc-q35-9.1 is not in this QEMU: it came with 9.1; a VM that has run keeps its machine until its config names another',
    ],
    [
      'a machine of another kind',
      { machine: 'isapc' },
      'machine: the machine isapc is not in this build of QEMU; a VM that has run keeps its machine until its config names another',
    ],
    [
      'an option of qcow2',
      { drives: [{ id: 'a', source, format: 'qcow2', discardNoUnref: true }] },
      'drives[0].discardNoUnref: discard-no-unref of qcow2 is not in this QEMU: it came with 8.1',
    ],
    ['KVM', { accelerator: 'kvm' }, 'accelerator: the accelerator kvm is not in this build of QEMU'],
    [
      'io_uring',
      { drives: [{ id: 'a', source, aio: 'io_uring' }] },
      'drives[0].aio: aio io_uring is not in this build of QEMU',
    ],
    [
      'a network card',
      { nics: [{ type: 'user', id: 'n', model: 'igb' }] },
      'nics[0].model: the device igb is not in this QEMU: it came with 8.0',
    ],
    [
      'a device',
      { rawDevices: ['virtio-blk-pic,id=x'] },
      'rawDevices[0]: the device virtio-blk-pic is not in this build of QEMU',
    ],
    [
      'a property in JSON',
      { rawDevices: ['{"driver":"virtio-blk-pci","iothread-vq-mapping":[{"iothread":"a"}]}'] },
      'rawDevices[0]: iothread-vq-mapping of virtio-blk-pci is not in this QEMU: it came with 9.0',
    ],
    [
      'another user',
      { extraArgs: ['--run-with', 'user=nobody'] },
      'extraArgs[0]: -run-with user= is not in this QEMU: it came with 9.1',
    ],
  ])('and it does not have: %s', (_what, config, expected) => {
    expect(faults(config, old)).toEqual([expected])
  })

  test('is all there in a QEMU that has it', () => {
    const rich: Partial<VmConfigInput> = {
      machine: 'pc-q35-10.0',
      accelerator: 'kvm',
      drives: [{ id: 'a', source, aio: 'io_uring' }],
      nics: [{ type: 'user', id: 'n', model: 'virtio-balloon' }],
      rawDevices: ['ahci', 'e1000-82540em', 'virtio-blk-pci,drive=a,iothread-vq-mapping=x'],
      extraArgs: ['-run-with', 'user=nobody,chroot=/srv'],
    }
    expect(faults(rich, late)).toEqual([])
  })
})
