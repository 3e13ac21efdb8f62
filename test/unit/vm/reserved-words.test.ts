import { describe, expect, test } from 'vitest'
import { parseVmConfig } from '../../../src/vm/config/config.ts'
import { reservedWordFaults } from '../../../src/vm/config/reserved-words.ts'

const pathsOf = (...words: string[]) => reservedWordFaults(words).map(({ path }) => path)

describe('words that would take from the launch what it looks after QEMU by are faults', () => {
  test.each([
    ['the process', ['-daemonize'], 0],
    ['the process, with two dashes', ['-no-reboot', '--daemonize'], 1],
    ['the pid file', ['-pidfile', '/p'], 0],
    ['the sandbox', ['-sandbox', 'off'], 0],
    ['the streams, by -nographic', ['-nographic'], 0],
    ['the streams, by a serial port', ['-serial', 'stdio'], 1],
    ['the streams, by a serial port with a monitor', ['-serial', 'mon:stdio'], 1],
    ['the streams, by a monitor', ['-monitor', 'stdio'], 1],
    ['the streams, by QMP', ['--qmp', 'stdio'], 1],
    ['the streams, by a character device', ['-chardev', 'stdio,id=c,signal=off'], 1],
    ['the streams, by a display', ['-display', 'curses'], 1],
    ['the name of a monitor', ['-chardev', 'socket,id=owner,path=/m,server=on'], 1],
    ['a monitor, by -mon', ['-mon', 'chardev=owner-later,mode=control'], 1],
    ['a monitor, by -qmp', ['-qmp', 'chardev:people'], 1],
    ['the serial console', ['-serial', 'chardev:console0'], 1],
    ['the descriptor of a monitor', ['-add-fd', 'fd=3,set=1'], 1],
    ['the descriptor, in a list', ['-netdev', 'tap,id=n,fds=7:3'], 1],
  ])('%s', (_what, words, index) => {
    expect(pathsOf(...words)).toEqual([`extraArgs[${index}]`])
  })

  test('other words pass', () => {
    const words = [
      '-no-shutdown',
      '-qmp',
      'unix:/m,server=on',
      '-chardev',
      'null,id=c',
      '-serial',
      'chardev:c',
    ]
    expect(
      pathsOf(...words, '-S', '-name', 'stdio', '-run-with', 'user=nobody', '-add-fd', 'fd=4,set=1'),
    ).toEqual([])
  })

  test('a config with such a word is refused, and told what to say', () => {
    const config = { name: 'v', cpus: 1, memoryMiB: 64, kernel: { image: '/k' } }
    const parse = (...extraArgs: string[]) => parseVmConfig({ ...config, extraArgs })
    expect(() => parse('-daemonize')).toThrow(
      'extraArgs[0]: "-daemonize" hides the process of QEMU from the launch: should be left out',
    )
    expect(() => parse('-nographic')).toThrow('should be "display": "none"')
    expect(() => parse('-sandbox', 'on')).toThrow('should be the key security.sandbox')
  })
})
