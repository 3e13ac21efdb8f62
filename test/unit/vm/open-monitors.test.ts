import { describe, expect, test } from 'vitest'
import { checkVmConfig } from '../../../src/vm/config/config.ts'

const base = { name: 'vm', cpus: 1, memoryMiB: 64, kernel: { image: '/k' }, security: { openMonitors: true } }
const chardev = (options: string) => [
  '-chardev',
  `socket,id=c,${options},server=on,wait=off`,
  '-mon',
  'chardev=c',
]

function faultPaths(document: unknown): string[] {
  const checked = checkVmConfig(document)
  return checked.ok ? [] : checked.faults.map(({ path }) => path)
}

describe('a monitor that everybody can reach is refused', () => {
  test.each<[string, object, string[]]>([
    ['none', {}, []],
    ['a unix socket', { qmp: [{ path: '/q' }] }, []],
    ['this host by number', { qmp: [{ type: 'tcp', host: '127.0.0.2', port: 1 }] }, []],
    ['this host by name', { qmp: [{ type: 'websocket', host: 'localhost', port: 1 }] }, []],
    ['this host by IPv6', { qmp: [{ type: 'tcp', host: '::1', port: 1 }] }, []],
    ['every address', { qmp: [{ type: 'tcp', host: '0.0.0.0', port: 1 }] }, ['qmp[0].host']],
    [
      'a name that begins like this host’s',
      { qmp: [{ type: 'tcp', host: '127.0.0.1.nip.io', port: 1 }] },
      ['qmp[0].host'],
    ],
    ['every address with TLS', { qmp: [{ type: 'tcp', host: '::', port: 1, tls: { dir: '/t' } }] }, []],
    [
      'TLS that asks nobody who he is',
      { qmp: [{ type: 'tcp', host: '::', port: 1, tls: { dir: '/t', verifyPeer: false } }] },
      ['qmp[0].host'],
    ],
    ['-qmp on this host', { extraArgs: ['-qmp', 'tcp:127.0.0.1:1,server=on'] }, []],
    ['-qmp without a host', { extraArgs: ['-qmp', 'tcp::1,server=on'] }, ['extraArgs[1]']],
    ['--monitor by telnet', { extraArgs: ['--monitor', 'telnet:10.0.0.1:1,server'] }, ['extraArgs[1]']],
    [
      '-qmp on IPv6',
      { extraArgs: ['-qmp', 'tcp:[::1]:1,server=on', '-qmp', 'tcp:[::]:2,server=on'] },
      ['extraArgs[3]'],
    ],
    ['-qmp with TLS', { extraArgs: ['-qmp', 'tcp::1,server=on,tls-creds=t'] }, []],
    ['a serial port', { extraArgs: ['-serial', 'tcp::1,server=on'] }, []],
    ['a serial port with a monitor', { extraArgs: ['-serial', 'mon:tcp::1,server=on'] }, ['extraArgs[1]']],
    ['a gdb server, which takes monitor commands', { extraArgs: ['-gdb', 'tcp::1'] }, ['extraArgs[1]']],
    ['a gdb server in short', { extraArgs: ['-s'] }, ['extraArgs[0]']],
    ['a chardev', { extraArgs: chardev('host=0.0.0.0,port=1') }, ['extraArgs[3]']],
    ['a chardev on this host', { extraArgs: chardev('host=::1,port=1') }, []],
    ['a chardev without a host', { extraArgs: chardev('port=1') }, ['extraArgs[3]']],
    ['a chardev with TLS', { extraArgs: chardev('port=1,tls-creds=t') }, []],
    ['a chardev with a path', { extraArgs: chardev('path=/q') }, []],
    ['a chardev of something else', { extraArgs: chardev('host=0.0.0.0,port=1').slice(0, 2) }, []],
    [
      'a chardev that -monitor names',
      { extraArgs: [...chardev('port=1').slice(0, 2), '-monitor', 'chardev:c'] },
      ['extraArgs[3]'],
    ],
  ])('%s', (_what, config, paths) => {
    const document = { ...base, ...config }
    expect(faultPaths(document)).toEqual([])
    expect(faultPaths({ ...document, security: {} })).toEqual(paths)
  })
})
