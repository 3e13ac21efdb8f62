import { describe, expect, test } from 'vitest'
import { fromHiveConfig, isHiveConfig, parseConfigDocument, renderArgv } from '../../../src/vm/index.ts'

const disk = { file: 'disk.img', format: 'raw' }
const hive = { cpu_count: 1, memory: 512, architecture: 'x86_64', drives: [disk] }
const argv = (config: object) => renderArgv(fromHiveConfig(config))
const value = (words: readonly string[], name: string) => words[words.indexOf(name) + 1]

describe('Hive JSON', () => {
  test('is told by its cpu_count', () => {
    expect([{ cpu_count: 0 }, { cpus: 1 }, null, 'cpu_count', []].map(isHiveConfig)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ])
    expect(parseConfigDocument(hive)).toEqual(fromHiveConfig(hive))
    expect(() => parseConfigDocument({})).toThrowError(/cpus: is required/)
  })

  test('is hinted at where only its cpu_count is missing', () => {
    const { cpu_count, ...rest } = { ...hive, cpu_type: 'host', net_devs: [] }
    for (const document of [rest, { ...rest, cpu_cunt: 2 }])
      expect(() => parseConfigDocument(document)).toThrowError(
        /cpu_count: is missing if this is Hive's form.*: cpu_type, net_devs are of Hive's keys/,
      )
    expect(() => parseConfigDocument({ memory: 1, architecture: 'x' })).not.toThrowError(/Hive/)
    expect(() => parseConfigDocument([])).toThrowError(/a list of 0 should be an object/)
  })

  test('needs a CPU count, memory, a drive and an architecture, and says so at once', () => {
    expect(() => fromHiveConfig({ name: 'test-vm' })).toThrowError(
      /cpu count is required.*memory is required.*at least one drive is required.*architecture is missing/s,
    )
  })

  test('gives the same few words on both architectures when it says little', () => {
    const rest = ['-smp', '2', '-m', '1024', '-drive', 'file=disk.img,format=qcow2']
    const config = {
      name: 'test-vm',
      cpu_count: 2,
      memory: 1024,
      drives: [{ file: 'disk.img', format: 'qcow2', if: '', media: '', id: '' }],
      devices: null,
      net_devs: null,
    }
    expect(argv({ ...config, architecture: 'x86_64' })).toEqual(['qemu-system-x86_64', ...rest])
    expect(argv({ ...config, architecture: 'arm64', instance_type: 't4g.micro' })).toEqual([
      'qemu-system-aarch64',
      ...rest,
    ])
  })

  test('has a console only with socket and log', () => {
    const both = argv({
      ...hive,
      serial_socket: '/run/serial.sock',
      console_log_path: '/var/log/console.log',
    })
    expect(value(both, '-chardev')).toBe(
      'socket,id=console0,path=/run/serial.sock,server=on,wait=off,logfile=/var/log/console.log',
    )
    expect(value(both, '-serial')).toBe('chardev:console0')
    expect(argv({ ...hive, serial_socket: '/run/serial.sock' })).not.toContain('-chardev')
    expect(argv({ ...hive, console_log_path: '/var/log/console.log' })).not.toContain('-chardev')
  })

  test('uses KVM only when asked', () => {
    expect(argv({ ...hive, enable_kvm: true })).toContain('-enable-kvm')
    expect(argv({ ...hive, enable_kvm: false })).not.toContain('-enable-kvm')
    expect(fromHiveConfig({ ...hive, enable_kvm: true }).accelerator).toBe('auto')
  })

  test('turns q35 on ARM into virt with its firmware', () => {
    const words = argv({ ...hive, architecture: 'arm64', machine_type: 'q35' })
    expect(words.slice(-4)).toEqual(['-M', 'virt', '-bios', '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd'])
    expect(argv({ ...hive, architecture: 'arm64', machine_type: 'virt' }).slice(-2)).toEqual(['-M', 'virt'])
    expect(argv({ ...hive, architecture: 'arm', machine_type: 'q35' })).toContain('virt')
  })

  test('takes devices and netdevs as they are', () => {
    const words = argv({
      ...hive,
      devices: [{ value: 'virtio-net-pci,netdev=n,mac=a,,b' }],
      net_devs: [{ value: 'user,id=n,hostfwd=tcp::1-:2' }],
    })
    expect(value(words, '-device')).toBe('virtio-net-pci,netdev=n,mac=a,,b')
    expect(value(words, '-netdev')).toBe('user,id=n,hostfwd=tcp::1-:2')
  })

  test('says its faults in its own words', () => {
    const faults = (config: object) => {
      try {
        fromHiveConfig(config)
      } catch (error) {
        return error instanceof Error ? error.message.split('\n').slice(1) : []
      }
      return []
    }
    expect(faults({ ...hive, qmp_sock: 'x' })).toEqual([
      'qmp_sock: is not a known key: did you mean qmp_socket?',
    ])
    expect(faults({ ...hive, drives: [{ file: 'nbd:x' }] })).toEqual([
      expect.stringMatching(/^drives\[0\]\.file: "nbd:x" should be/),
    ])
    for (const drive of [{}, { file: '' }, { file: null, media: 'cdrom' }])
      expect(faults({ ...hive, drives: [disk, drive] })).toEqual([
        'drives[1].file: is missing: every drive needs a file',
      ])
    expect(faults({ ...hive, devices: [{ value: 'virtio-blk-pci,drive=os' }] })).toEqual([
      'devices[0].value: drive="os" is not among the drives: there are none',
    ])
    expect(faults({ ...hive, machine_type: 'q35,' })).toEqual([
      expect.stringMatching(/^machine_type: "q35," should be/),
    ])
    expect(faults([])).toEqual(['a list of 0 should be an object'])
  })
})
