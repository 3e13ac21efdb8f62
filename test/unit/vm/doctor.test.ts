import { describe, expect, test } from 'vitest'
import { renderReport } from '../../../src/cli/host-report.ts'
import type { HostCheck } from '../../../src/vm/doctor/check.ts'
import {
  type HostFacts,
  parseHypervisor,
  parseLimit,
  parseLimits,
  parseMeminfo,
} from '../../../src/vm/doctor/facts.ts'
import { judge } from '../../../src/vm/doctor/judge.ts'
import { recommendSysctls, renderSysctlFile } from '../../../src/vm/doctor/sysctl.ts'
import { settings, sizeFor } from '../../../src/vm/doctor/tuning.ts'
import { plainHost, poorHost, silentHost } from '../../support/host-facts.ts'

const statuses = (checks: readonly HostCheck[]) => new Set(checks.map(({ status }) => status))

/** One check of a host that differs from a plain one in this. */
function check(name: string, differing: Partial<HostFacts>, vms = 1): HostCheck | undefined {
  return judge({ ...plainHost, ...differing }, vms).find((candidate) => candidate.name === name)
}

const withSysctl = (key: string, text: string) => ({ sysctls: { ...plainHost.sysctls, [key]: text } })

describe('judge', () => {
  test('is content with a plain host for few VMs, except its send buffer', () => {
    const checks = judge(plainHost, 1).filter(({ status }) => status !== 'ok')
    expect(checks.map(({ name, status }) => [name, status])).toEqual([['net.core.wmem_max', 'warn']])
  })

  test('finds everything that a poor host lacks, each with what puts it right', () => {
    const checks = judge(poorHost, 1)
    const lacking = checks.filter(({ name }) => name !== 'nbd module' && name !== 'nesting')
    expect(statuses(lacking)).toEqual(new Set(['warn', 'fail']))
    expect(lacking.filter(({ fix }) => fix === undefined)).toEqual([])
    expect(lacking.filter(({ status }) => status === 'fail').map(({ name }) => name)).toEqual([
      'QEMU',
      'state directory',
    ])
  })

  test('takes what could not be read for unknown, not for missing', () => {
    const checks = judge(silentHost, 300)
    expect(statuses(checks)).toEqual(new Set(['ok', 'unknown']))
    const unknown = checks.filter(({ status }) => status === 'unknown')
    expect(unknown.length).toBeGreaterThan(settings.length)
    expect(new Set(unknown.map(({ found }) => found))).toEqual(new Set(['unknown']))
  })

  test('a setting that is put right as told is right', () => {
    for (const vms of [1, 16, 17, 64, 65, 256, 257, 1000]) {
      const sysctls = { ...poorHost.sysctls }
      for (const { name, fix } of judge(poorHost, vms)) {
        if (fix?.kind === 'sysctl' && name in sysctls) sysctls[name] = fix.text.replace(`${name} = `, '')
      }
      const after = judge({ ...poorHost, sysctls }, vms).filter(({ name }) => name in sysctls)
      expect(statuses(after), String(vms)).toEqual(new Set(['ok']))
    }
  })

  test('asks in every class for the send buffer that a new QEMU wants', () => {
    const name = 'net.core.wmem_max'
    expect(check(name, withSysctl(name, '212992'))).toMatchObject({ status: 'warn' })
    expect(check(name, withSysctl(name, '2097152'))).toMatchObject({ status: 'ok' })
    for (const vms of [16, 64, 256, 257]) {
      const found = judge(plainHost, vms).find((each) => each.name === name)
      expect(Number(/\d+$/.exec(found?.wanted ?? '')?.[0]), String(vms)).toBeGreaterThanOrEqual(
        2 * 1024 * 1024,
      )
    }
  })

  test('names orphaned servers, a state directory that logind removes, and the hypervisor of this host', () => {
    expect(check('servers of volumes', { orphans: ['Ab3xYz'] })).toMatchObject({
      status: 'warn',
      found: '1 orphaned',
      fix: { kind: 'command', text: 'qemu-launch servers end Ab3xYz' },
    })
    expect(check('linger', { linger: 'off' })).toMatchObject({
      status: 'warn',
      fix: { kind: 'command', text: expect.stringContaining('enable-linger') },
    })
    expect(check('linger', { linger: 'on' })).toMatchObject({ status: 'ok' })
    expect(check('nesting', { hypervisor: 'QEMU' })).toMatchObject({ found: 'itself a guest (QEMU)' })
  })

  test('says where KVM fails, and how to be let in', () => {
    expect(check('KVM', { kvmFault: '/dev/kvm cannot be opened: EACCES' })).toMatchObject({
      status: 'warn',
      why: '/dev/kvm cannot be opened: EACCES',
      fix: { kind: 'command', text: expect.stringContaining('adduser') },
    })
    const why = 'neither vmx nor svm'
    expect(check('KVM', { kvmFault: why })?.fix?.text).toContain('turn virtualization on')
    expect(check('KVM', { kvmFault: why, qemu: { fault: 'ENOENT' } })?.fix?.text).toContain('install QEMU')
  })

  test('names the Debian packages', () => {
    const qemu = { fault: 'ENOENT' }
    expect(check('QEMU', { qemu })?.fix?.text).toBe('sudo apt-get install qemu-system-x86')
    expect(check('QEMU', { qemu, arch: 'aarch64' })?.fix?.text).toBe('sudo apt-get install qemu-system-arm')
    expect(check('nbdkit', { nbdkit: qemu })).toMatchObject({
      status: 'warn',
      fix: { text: 'sudo apt-get install nbdkit' },
    })
  })

  test.each([
    ['7.1.9', 'warn'],
    ['6.9.0', 'warn'],
    ['7.2.0', 'ok'],
    ['10.0.2', 'ok'],
  ])('QEMU %s is %s', (version, status) => {
    expect(check('QEMU', { qemu: { version } })?.status).toBe(status)
  })

  test.each([
    [{ name: 'powersave', driver: 'acpi-cpufreq' }, 'warn'],
    [{ name: 'powersave', driver: 'amd-pstate-epp' }, 'ok'],
    [{ name: 'schedutil', driver: 'acpi-cpufreq' }, 'ok'],
  ])('governor %j is %s', (governor, status) => {
    expect(check('CPU governor', { governor })?.status).toBe(status)
  })

  test('a kernel that forbids io_uring outweighs a QEMU that falls back in silence', () => {
    expect(check('io_uring', withSysctl('kernel.io_uring_disabled', '2\n'))).toMatchObject({
      status: 'warn',
      found: 'off',
    })
    expect(check('io_uring', { ioUring: { fault: 'Operation not permitted' } })).toMatchObject({
      status: 'warn',
      why: expect.stringContaining('Operation not permitted'),
    })
  })

  test('swappiness matters with swap only', () => {
    const memory = { totalMiB: 257_000, swapMiB: 0, hugePages: { total: 0, free: 0, sizeMiB: 2 } }
    expect(check('vm.swappiness', {}, 32)?.status).toBe('warn')
    expect(check('vm.swappiness', { memory }, 32)?.status).toBe('ok')
  })

  test('a state directory is too small, or full', () => {
    const room = (freeMiB: number) => check('state directory', { stateDir: { path: '/s', freeMiB } })
    expect(room(300)?.status).toBe('ok')
    expect(room(100)?.status).toBe('warn')
    expect(room(0)).toMatchObject({ status: 'fail', found: '0 MiB' })
    expect(room(Number.POSITIVE_INFINITY)).toMatchObject({ status: 'ok', found: 'unlimited' })
  })

  test('huge pages that VMs use are fine', () => {
    const memory = { totalMiB: 257_000, swapMiB: 0, hugePages: { total: 512, free: 0, sizeMiB: 2 } }
    expect(check('reserved huge pages', { memory })).toMatchObject({
      status: 'ok',
      found: '0 of 1024 MiB idle',
    })
  })

  test('a value that is no number is unknown', () => {
    expect(check('net.core.somaxconn', withSysctl('net.core.somaxconn', 'many\n'))?.status).toBe('unknown')
    expect(check('net.ipv4.tcp_rmem', withSysctl('net.ipv4.tcp_rmem', '4096\n'))?.status).toBe('unknown')
  })
})

test.each([
  [1, 'small'],
  [16, 'small'],
  [17, 'medium'],
  [64, 'medium'],
  [65, 'large'],
  [256, 'large'],
  [257, 'extra-large'],
  [100_000, 'extra-large'],
])('%d VMs make a host %s', (vms, size) => {
  expect(sizeFor(vms).size).toBe(size)
})

describe('recommended settings', () => {
  test('never take away what the host has', () => {
    const rich = Object.fromEntries(
      settings.map(({ key, direction }) => [key, direction === 'at least' ? '9223372036854775807' : '1']),
    )
    const sysctls = {
      ...rich,
      'net.ipv4.tcp_rmem': '1 2 33554432',
      'net.ipv4.tcp_wmem': '4096 2000000 4194304',
    }
    const { 'net.ipv4.tcp_wmem': wmem, ...others } = recommendSysctls(sysctls, 'extra-large')
    expect(others).toEqual(
      Object.fromEntries(Object.entries(sysctls).filter(([key]) => key !== 'net.ipv4.tcp_wmem')),
    )
    expect(wmem).toBe('4096 2000000 16777216')
  })

  test('leave out what this kernel does not have, and a zero that says that another key rules', () => {
    expect(recommendSysctls({}, 'large')).toEqual({})
    expect(
      recommendSysctls({ 'vm.dirty_background_ratio': '0\n', 'vm.swappiness': '60\n' }, 'large'),
    ).toEqual({
      'vm.swappiness': '10',
    })
  })

  test('are a file of comments and settings only', () => {
    const lines = renderSysctlFile(plainHost.sysctls, sizeFor(300)).split('\n')
    expect(lines.filter((line) => !/^(?:|# .*|[a-z][\w.-]+ = \d+(?: \d+)*)$/.test(line))).toEqual([])
    expect(lines).toContain('fs.file-max = 9223372036854775807')
  })
})

describe('texts of the kernel', () => {
  test('limits', () => {
    const text = [
      'Limit                     Soft Limit           Hard Limit           Units     ',
      'Max processes             96365                96365                processes ',
      'Max open files            1024                 524288               files     ',
      'Max locked memory         unlimited            unlimited            bytes     ',
    ].join('\n')
    expect(parseLimits(text)).toEqual({
      openFiles: 1024,
      processes: 96_365,
      lockedBytes: Number.POSITIVE_INFINITY,
    })
    expect(parseLimits('')).toEqual({})
    expect(['max\n', '12\n', '', 'x'].map(parseLimit)).toEqual([
      Number.POSITIVE_INFINITY,
      12,
      undefined,
      undefined,
    ])
  })

  test('memory', () => {
    const text =
      'MemTotal:       24684084 kB\nSwapTotal:        2048 kB\nHugePages_Total:      8\nHugePages_Free:       3\nHugepagesize:       2048 kB\n'
    expect(parseMeminfo(text)).toEqual({
      totalMiB: 24_105,
      swapMiB: 2,
      hugePages: { total: 8, free: 3, sizeMiB: 2 },
    })
    expect(parseMeminfo('')).toBeUndefined()
  })
})

describe('report', () => {
  const checks = judge(poorHost, 300)
  const report = {
    host: { arch: 'x86_64', kernel: '6.1', cpus: 1, memoryMiB: 512, hypervisor: 'none' },
    vms: 300,
    class: 'extra-large',
    ready: false,
    checks,
  } as const

  test('fits 100 columns, and has colour only when told', () => {
    const text = renderReport(report, { colour: false })
    expect(text.split('\n').filter((line) => line.length > 100)).toEqual([])
    expect(text).not.toContain('\x1b')
    expect(renderReport(report, { colour: true })).toContain('\x1b[31mfail   \x1b[0m QEMU')
  })

  test('names every check that is not right below the table', () => {
    const below = renderReport(report, { colour: false }).split('cannot run here')[1] ?? ''
    const missing = checks.filter(({ status, name }) => status !== 'ok' && !below.includes(name))
    expect(missing).toEqual([])
  })
})

test.each([
  ['flags\t\t: fpu hypervisor lm\n', 'QEMU\n', 'QEMU'],
  ['flags\t\t: fpu hypervisor lm\n', undefined, 'hypervisor'],
  ['flags\t\t: fpu lm\n', 'Dell Inc.\n', 'none'],
  ['Features\t: fp asimd\n', 'QEMU\n', 'QEMU'],
  ['Features\t: fp asimd\n', 'Ampere\n', 'none'],
  [undefined, undefined, undefined],
])('%j by %j is a guest of %j', (cpuinfo, vendor, hypervisor) => {
  expect(parseHypervisor(cpuinfo, vendor)).toBe(hypervisor)
})
