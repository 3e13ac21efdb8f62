import { describe, expect, test } from 'vitest'
import { sandboxFaults, sandboxOf } from '../../../src/vm/config/sandbox.ts'
import { parseVmConfig } from '../../../src/vm/index.ts'

const base = { name: 'vm', cpus: 1, memoryMiB: 64, kernel: { image: '/k' } }
const closed = { obsolete: 'deny', elevatePrivileges: 'deny', spawn: 'deny', resourceControl: 'deny' }
const tap = { type: 'tap', id: 'net0', ifname: 'tap0' }

describe('the sandbox of a launched VM', () => {
  test.each<[string, object, object]>([
    ['nothing special', {}, closed],
    ['a tap without a script', { nics: [tap] }, closed],
    ['a tap with a script', { nics: [{ ...tap, script: '/s' }] }, { ...closed, spawn: 'allow' }],
    [
      'a tap with a script for its end',
      { nics: [{ ...tap, downScript: '/s' }] },
      { ...closed, spawn: 'allow' },
    ],
    ['a raw tap, whose script is QEMU’s', { rawNetdevs: ['tap,id=n'] }, { ...closed, spawn: 'allow' }],
    [
      'a raw tap that ends with a script',
      { rawNetdevs: ['tap,id=n,script=no'] },
      { ...closed, spawn: 'allow' },
    ],
    ['a raw tap without scripts', { rawNetdevs: ['tap,id=n,script=no,downscript=no'] }, closed],
    ['a raw tap that is handed over', { rawNetdevs: ['tap,id=n,fd=7'] }, closed],
    ['a raw bridge', { rawNetdevs: ['bridge,id=n,br=br0'] }, { ...closed, spawn: 'allow' }],
    ['a user network with a share', { rawNetdevs: ['user,id=n,smb=/srv'] }, { ...closed, spawn: 'allow' }],
    [
      'a forward into a command',
      { rawNetdevs: ['user,id=n,guestfwd=tcp:10.0.2.9:1-cmd:cat'] },
      { ...closed, spawn: 'allow' },
    ],
    ['a plain user network', { rawNetdevs: ['user,id=n'] }, closed],
    ['a bridge in further words', { extraArgs: ['--nic', 'bridge,br=br0'] }, { ...closed, spawn: 'allow' }],
    [
      'a migration from a command',
      { extraArgs: ['-incoming', 'exec:cat /f'] },
      { ...closed, spawn: 'allow' },
    ],
    ['a change of user', { process: { user: 'nobody' } }, { ...closed, elevatePrivileges: 'allow' }],
    [
      'a change of user in further words',
      { extraArgs: ['-run-with', 'user=nobody'] },
      { ...closed, elevatePrivileges: 'allow' },
    ],
    ['a chroot alone', { extraArgs: ['-run-with', 'chroot=/srv'] }, closed],
  ])('%s', (_what, config, expected) => {
    const vm = parseVmConfig({ ...base, ...config })
    expect(sandboxOf(vm, true).sandbox).toEqual(expected)
    expect(sandboxOf(vm).sandbox).toEqual(expected)
  })

  test('says why it is open, and names no user', () => {
    const vm = parseVmConfig({ ...base, nics: [{ ...tap, script: '/s' }], process: { user: 'nobody' } })
    expect(sandboxOf(vm, true).warnings).toEqual(['the sandbox allows spawn, for nics[0].script'])
  })

  test('is as the config says where it says something, and not at all where it says so', () => {
    const vm = parseVmConfig(base)
    expect(sandboxOf(vm, { spawn: 'allow' })).toEqual({
      sandbox: { ...closed, spawn: 'allow' },
      warnings: [],
    })
    expect(sandboxOf(vm, false)).toEqual({ sandbox: false, warnings: [] })
  })

  test('is not denied what the VM needs', () => {
    const vm = parseVmConfig({ ...base, process: { user: 'nobody' } })
    expect(sandboxFaults(vm, { elevatePrivileges: 'deny', spawn: 'deny' })).toEqual([
      {
        path: 'security.sandbox.elevatePrivileges',
        message: '"deny" would end QEMU, because of process.user: should be left out',
        value: 'deny',
      },
    ])
    expect(sandboxFaults(vm, true)).toEqual([])
  })
})
