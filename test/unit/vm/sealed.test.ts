import { expect, test } from 'vitest'
import { parseVmConfig } from '../../../src/vm/config/config.ts'
import { parseAnyForm } from '../../../src/vm/record/earlier-forms.ts'
import { seal, unseal } from '../../../src/vm/record/sealed.ts'
import type { VmRecord } from '../../../src/vm/record/state.ts'
import { parseVolumeSpec } from '../../../src/volumes/index.ts'
import { plainRecord } from '../../support/record.ts'

/** With what is hard to write: other alphabets, brackets, members that are undefined. */
const record: VmRecord = {
  ...plainRecord,
  config: parseVmConfig({
    name: 'vm',
    cpus: 2,
    memoryMiB: 128,
    drives: [{ id: 'd', source: { type: 'file', path: '/dé"},\n' } }],
    volumes: [{ id: 'v', uri: 'nbd://host/x', role: 'data', limits: { operationsPerSecond: 100 } }],
    nics: [{ type: 'user', id: 'net0', hostForwards: [{ guestPort: 22, hostPort: 0 }] }],
    labels: { a: 'b' },
  }),
  argv: ['qemu', ''],
  attachments: [
    {
      kind: 'volume',
      id: 'w',
      generation: 1,
      phase: 'attached',
      port: 'hotplug1',
      spec: parseVolumeSpec({ id: 'w', uri: 'nbd:unix:/w.sock' }),
      preset: 'safe',
      cut: undefined,
    },
  ],
  media: [{ drive: 'cd', medium: null }],
  links: { net0: 'down' },
  process: { pid: 7, startTime: '1' },
}

test('a sealed record is JSON, and reads as it does when it is checked', () => {
  const text = seal(record, 'this build')
  expect(unseal(text, 'this build')).toEqual(record)
  expect(parseAnyForm(JSON.parse(text))).toEqual({ ok: true, value: unseal(text, 'this build') })
})

test('what was changed, cut, or written by another build or without a seal is not taken unchecked', () => {
  const text = seal(record, 'this build')
  const positions = Array.from({ length: text.length }, (_, at) => at)
  const changed = positions.filter((at) => {
    const other = text[at] === '0' ? '1' : '0'
    return unseal(`${text.slice(0, at)}${other}${text.slice(at + 1)}`, 'this build') !== undefined
  })
  expect(changed).toEqual([])
  expect(positions.filter((at) => unseal(text.slice(0, at), 'this build') !== undefined)).toEqual([])
  for (const mark of ['another build', undefined]) expect(unseal(text, mark)).toBeUndefined()
  expect(unseal(`${text}\n`, 'this build')).toBeUndefined()
  expect(unseal(JSON.stringify(record), 'this build')).toBeUndefined()
  expect(seal(record)).toBe(`${JSON.stringify(record, undefined, 2)}\n`)
})
