import { expect, test } from 'vitest'
import { pinMachine } from '../../../src/vm/config/machine.ts'
import type { VmConfig } from '../../../src/vm/config/schema.ts'
import { placedCommand } from '../../../src/vm/launch/placement.ts'

const argv = ['qemu', '-name', 'a b']
const vm = (process: VmConfig['process']) => ({ name: 'web', process })

test('QEMU is started by itself, by a shell that joins a cgroup, or by systemd-run', () => {
  expect(placedCommand(argv, vm({ user: 'nobody' }))).toEqual(argv)
  expect(placedCommand(argv, vm({ cgroup: '/sys/fs/cgroup/vm s' }))).toEqual([
    ...['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', '/sys/fs/cgroup/vm s'],
    ...argv,
  ])
  expect(placedCommand(argv, vm({ scope: {} }), 0)).toEqual([
    ...['systemd-run', '--scope', '--quiet', '--collect', '--unit=vm-web', '--'],
    ...argv,
  ])
  expect(placedCommand(argv, vm({ scope: { unit: 'x', slice: 'vms' } }), 1000)).toEqual([
    ...['systemd-run', '--scope', '--quiet', '--collect', '--unit=x', '--slice=vms', '--user', '--'],
    ...argv,
  ])
})

test.each<[string | undefined, string | undefined, string | undefined, string | undefined]>([
  ['q35', 'q35', 'pc-q35-7.2', 'pc-q35-7.2'],
  ['q35,smm=off', 'q35,smm=off', 'pc-q35-7.2', 'pc-q35-7.2,smm=off'],
  ['q35', undefined, undefined, 'q35'],
  ['q35', 'pc', 'pc-i440fx-7.2', 'q35'],
  ['pc-q35-8.0', 'q35', 'pc-q35-7.2', 'pc-q35-8.0'],
  [undefined, undefined, 'pc-i440fx-7.2', 'pc-i440fx-7.2'],
  [undefined, 'q35', 'pc-q35-7.2', undefined],
])('machine %s after one asked for as %s that ran as %s is %s', (machine, asked, got, expected) => {
  expect(pinMachine(machine, { asked, got })).toBe(expected)
})
