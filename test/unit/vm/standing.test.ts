import { expect, test } from 'vitest'
import { isHalfLaunched, isSettled, standingOf, strayIn, unneededIn } from '../../../src/vm/life/standing.ts'
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

const settled = {
  ...{ process: qemu, machine: 'pc-q35-7.2', forwards: [], attachments: [], bootServers: [] },
  ...{ backups: [{ volume: 'os' }], config: { secrets: [] } },
}

test.each([
  ['nothing is left', {}, true],
  ['half a launch', { process: undefined }, false],
  ['a secret whose file may be there', { config: { secrets: [{}] } }, false],
  ['a volume', { attachments: [{}] }, false],
  ['the server of a volume', { bootServers: [{}] }, false],
  ['a backup under way', { backups: [{ work: {} }] }, false],
  ['a reboot', { reboot: 'asked' }, false],
  ['a restart', { begins: true }, false],
  ['work for which it stands still', { standsFor: { what: 'copy' } }, false],
])('a record with work for a new owner, or none: %s', (_name, fields, isDone) => {
  expect(isSettled({ ...settled, ...fields } as never)).toBe(isDone)
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
