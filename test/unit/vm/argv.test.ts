import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatShell, fromHiveConfig, parseVmConfig, renderArgv, resolveVm } from '../../../src/vm/index.ts'

const file = 'nbd:unix:/run/user/1000/nbd-vol-xxx.sock'
const hiveDrive = { file, format: 'raw', if: 'none', media: 'disk', id: 'os' }
const hive = {
  enable_kvm: true,
  cpu_type: 'host',
  cpu_count: 2,
  memory: 4096,
  machine_type: 'q35',
  architecture: 'x86_64',
}
const native = { name: 'inner', cpu: 'host', cpus: 2, memoryMiB: 4096 }
const nativeDrive = {
  id: 'os',
  source: { type: 'nbd' as const, uri: file },
  format: 'raw' as const,
  media: 'disk' as const,
  bootIndex: 1,
}

const before =
  'qemu-system-x86_64 -enable-kvm -cpu host -smp 2 -m 4096 -drive file=nbd:unix:/run/user/1000/nbd-vol-xxx.sock,format=raw,if=none,media=disk,id=os -device virtio-blk-pci,drive=os,bootindex=1 -M q35'
const after =
  'qemu-system-x86_64 -enable-kvm -cpu host -smp 2 -m 4096 -object iothread,id=ioth-os -drive file=nbd:unix:/run/user/1000/nbd-vol-xxx.sock,format=raw,if=none,media=disk,id=os,cache=none -device virtio-blk-pci,drive=os,iothread=ioth-os,num-queues=2,bootindex=1 -M q35'
const proxmox =
  '/usr/bin/kvm -object iothread,id=iothread-virtio0 -drive file=/var/lib/vz/images/146/vm-146-disk-0.qcow2,if=none,id=drive-virtio0,cache=none,aio=io_uring,discard=on,format=qcow2,detect-zeroes=unmap -device virtio-blk-pci,drive=drive-virtio0,id=virtio0,iothread=iothread-virtio0,bootindex=100 -smp 4,sockets=1,cores=4,maxcpus=4 -m 8192 -cpu host'

describe('the three lines that are known to the byte', () => {
  test('before, from Hive', () => {
    const devices = [{ value: 'virtio-blk-pci,drive=os,bootindex=1' }]
    expect(formatShell(renderArgv(fromHiveConfig({ ...hive, drives: [hiveDrive], devices })))).toBe(before)
  })

  test('before, native', () => {
    expect(formatShell(renderArgv(parseVmConfig({ ...native, drives: [nativeDrive] })))).toBe(before)
  })

  test('after, from Hive', () => {
    const drives = [{ ...hiveDrive, cache: 'none' }]
    const devices = [{ value: 'virtio-blk-pci,drive=os,iothread=ioth-os,num-queues=2,bootindex=1' }]
    const config = fromHiveConfig({ ...hive, io_threads: [{ id: 'ioth-os' }], drives, devices })
    expect(formatShell(renderArgv(config))).toBe(after)
  })

  test('after, native', () => {
    const drives = [{ ...nativeDrive, cache: 'none', iothread: 'ioth-os', numQueues: 2 }]
    const config = parseVmConfig({ ...native, iothreads: [{ id: 'ioth-os' }], drives })
    expect(formatShell(renderArgv(config))).toBe(after)
  })

  test('after, native, as a boot volume', () => {
    const config = parseVmConfig({ ...native, volumes: [{ id: 'vol-xxx', uri: file, role: 'boot' }] })
    expect(formatShell(renderArgv(config))).toBe(after)
  })

  test('Proxmox', () => {
    const config = parseVmConfig({
      name: '146',
      layout: 'proxmox',
      binary: '/usr/bin/kvm',
      machine: 'qemu-default',
      accelerator: 'qemu-default',
      cpu: 'host',
      cpus: { count: 4, sockets: 1, cores: 4, maxCpus: 4 },
      memoryMiB: 8192,
      iothreads: [{ id: 'iothread-virtio0' }],
      drives: [
        {
          id: 'drive-virtio0',
          deviceId: 'virtio0',
          source: { type: 'file', path: '/var/lib/vz/images/146/vm-146-disk-0.qcow2' },
          format: 'qcow2',
          cache: 'none',
          aio: 'io_uring',
          discard: 'on',
          detectZeroes: 'unmap',
          iothread: 'iothread-virtio0',
          bootIndex: 100,
        },
      ],
    })
    expect(formatShell(renderArgv(config))).toBe(proxmox)
  })
})

describe('renderArgv', () => {
  test('takes a config as a person writes it, and finds its faults', () => {
    expect(renderArgv({ ...native, drives: [nativeDrive] })).toEqual(before.split(' '))
    for (const wrong of [{ ...native, drives: [] }, null, undefined, 'x']) {
      expect(() => renderArgv(wrong as never)).toThrowError(expect.objectContaining({ code: 'VM_CONFIG' }))
    }
  })

  test('puts the ports first among the devices', () => {
    const argv = renderArgv({ ...native, drives: [nativeDrive], hotplugPorts: 11 })
    const devices = argv.filter((_, index) => argv[index - 1] === '-device')
    expect(devices.slice(0, 11)).toEqual(
      Array.from(
        { length: 11 },
        (_, index) => `pcie-root-port,id=hotplug${index + 1},chassis=${index + 1},slot=0`,
      ),
    )
    expect(devices[11]).toMatch(/^virtio-blk-pci,/)
  })

  test('writes further words last, as they are', () => {
    expect(
      renderArgv({ ...native, drives: [nativeDrive], extraArgs: ['-S', '-name', 'a,b c'] }).slice(-3),
    ).toEqual(['-S', '-name', 'a,b c'])
  })

  test('writes no comma of a free text undoubled', () => {
    const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(text, (value) => {
        const word = renderArgv({
          ...native,
          drives: [{ ...nativeDrive, source: { type: 'file', path: `/${value}` } }],
        }).find((found) => found.startsWith('file='))
        expect(word?.replaceAll(',,', '')).toMatch(/^file=[^,]*,format=raw,if=none,media=disk,id=os$/)
      }),
    )
  })
})

describe('resolveVm', () => {
  const config = parseVmConfig({ ...native, drives: [nativeDrive] })

  test('takes kvm for auto, unless the caller found out better', () => {
    expect(renderArgv(resolveVm(config))).toContain('-enable-kvm')
    const argv = renderArgv(resolveVm(config, { accelerator: 'tcg' }))
    expect(argv.slice(1, 5)).toEqual(['-accel', 'tcg,thread=multi', '-cpu', 'max'])
    expect(argv).not.toContain('-enable-kvm')
  })

  test.each([
    ['host', 'max'],
    ['host,+avx2,pmu=off', 'max,+avx2,pmu=off'],
    ['qemu64', 'qemu64'],
    ['hostile', 'hostile'],
  ])('under tcg the CPU %s is %s', (cpu, written) => {
    expect(resolveVm({ ...config, cpu }, { accelerator: 'tcg' }).cpu).toBe(written)
    expect(resolveVm({ ...config, cpu }).cpu).toBe(cpu)
  })

  test('leaves an explicit accelerator alone', () => {
    expect(resolveVm({ ...config, accelerator: 'kvm' }, { accelerator: 'tcg' }).accelerator).toBe('kvm')
    expect(renderArgv({ ...config, accelerator: 'qemu-default' })).not.toContain('-enable-kvm')
  })

  test('adds the drives and threads of volumes, a thread once', () => {
    const vm = resolveVm({ ...native, iothreads: [{ id: 'ioth-os' }], volumes: [{ id: 'v', uri: file }] })
    expect(vm.iothreads).toEqual([{ id: 'ioth-os' }])
    expect(vm.drives.map(({ id }) => id)).toEqual(['os'])
  })
})

test.each([
  [['a', '-b', 'x=1,y:/z@%+'], 'a -b x=1,y:/z@%+'],
  [['a b', '', "it's"], `'a b' '' 'it'\\''s'`],
  [['$HOME', '*', ';'], `'$HOME' '*' ';'`],
])('formatShell quotes %j only where needed', (words, line) => {
  expect(formatShell(words)).toBe(line)
})
