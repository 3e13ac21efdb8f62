import { expect, test } from 'vitest'
import { isHalfLaunched, standingOf, strayIn, unneededIn } from '../../../src/vm/life/standing.ts'
import { vmPaths } from '../../../src/vm/record/paths.ts'

const qemu = { pid: 7, startTime: '100' } as never
const other = { pid: 7, startTime: '200' } as never
const paths = vmPaths('/vms', 'web')

test.each([
  ['nothing runs', { process: qemu }, undefined, 'ended'],
  ['nothing runs, and nothing was noted', {}, undefined, 'ended'],
  ['what was noted runs', { process: qemu }, qemu, 'running'],
  ['the launch died before it noted anything', {}, qemu, 'running'],
  ['its pid has another process by now', { process: qemu }, other, 'mistaken'],
] as const)('a VM to be taken up: %s', (_name, record, found, standing) => {
  expect(standingOf(record, found)).toBe(standing)
})

test.each([
  ['all is on record', { process: qemu, machine: 'pc-q35-7.2', forwards: [] }, false],
  ['no process', { machine: 'pc-q35-7.2', forwards: [] }, true],
  ['no machine', { process: qemu, forwards: [] }, true],
  ['no forwards', { process: qemu, machine: 'pc-q35-7.2' }, true],
] as const)('the last steps of a launch: %s', (_name, record, isLeft) => {
  expect(isHalfLaunched(record as never)).toBe(isLeft)
})

test.each([
  ['an empty directory', [], undefined],
  ['files of a VM', ['qemu.log', 'backup-1.sock', 'state.json.7.tmp'], undefined],
  ['somebody else’s file', ['qemu.log', 'thesis.txt'], 'thesis.txt'],
  ['somebody else’s file beside a record', ['state.json', 'thesis.txt'], undefined],
])('a directory that may be cleared: %s', (_name, names, stray) => {
  expect(strayIn(paths, names)).toBe(stray)
})

test('a restart keeps the record, the variables of UEFI and the TPM, and nothing else', () => {
  const kept = [paths.state, paths.efiVars, paths.tpmState].map((path) => path.slice(paths.dir.length + 1))
  expect(unneededIn(paths, [...kept, 'qemu.log', 'qmp.sock'])).toEqual(['qemu.log', 'qmp.sock'])
})
