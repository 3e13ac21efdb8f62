import { describe, expect, test } from 'vitest'
import { parseAnyForm } from '../../src/vm/record/earlier-forms.ts'
import { cases, expectGolden } from '../support/golden.ts'

/* The records were written by the version of the first release, for VMs that ran. */
describe('a record of version 1', () => {
  test.each(cases('records'))('with a volume $name', ({ name, document }) => {
    const parsed = parseAnyForm(document)
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
    const { attachments, begins, generations, version, ...rest } = parsed.value
    expect(document).toMatchObject({ id: rest.id, argv: rest.argv, ports: rest.ports, process: rest.process })
    const lines = [...attachments, { version, generations, begins }].map((each) => JSON.stringify(each))
    expectGolden('records', `${name}.jsonl`, `${lines.join('\n')}\n`)
    expect(parseAnyForm(JSON.parse(JSON.stringify(parsed.value)))).toEqual({
      ok: true,
      value: JSON.parse(JSON.stringify(parsed.value)),
    })
  })
})

describe('a record of version 2 that has elsewhere what the VM stands still for', () => {
  const volume = {
    ...{ kind: 'volume', id: 'c', generation: 1, phase: 'attached', port: 'hotplug1', preset: 'safe' },
    spec: { id: 'c', uri: 'nbd:unix:/s', localCache: { directory: '/c' } },
  }
  const backup = {
    ...{ volume: 'v', kind: 'full', target: '/t', below: [], createdAt: '2026-01-01T00:00:00Z' },
    ...{ sizeBytes: 1, node: 'n', bitmap: 'backup-1' },
  }
  const work = { device: '/d', scratch: '/s' }
  const found = (fields: object) => {
    const [loose] = cases('records').filter(({ name }) => name === 'loose')
    const now = parseAnyForm(loose?.document)
    const parsed = parseAnyForm({ ...(now.ok && now.value), attachments: [volume], ...fields })
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
    const { attachments, backups, standsFor } = parsed.value
    return [standsFor, attachments.map((each) => Object(each).uncached), backups[0]?.work]
  }
  test.each([
    ['a copy', { copying: true }, [{ what: 'copy' }, [undefined], undefined]],
    [
      'a backup',
      { backups: [{ ...backup, work: { ...work, stopped: true } }] },
      [{ what: 'backup', volume: 'v' }, [undefined], work],
    ],
    [
      'a cache that is being given up',
      { attachments: [{ ...volume, uncached: 'begun' }] },
      [{ what: 'uncache', volume: 'c' }, [undefined], undefined],
    ],
    [
      'nothing, beside a cache that was given up',
      { attachments: [{ ...volume, uncached: 'done' }] },
      [undefined, [true], undefined],
    ],
    ['nothing', { backups: [{ ...backup, work }] }, [undefined, [undefined], work]],
  ])('%s', (_name, fields, expected) => {
    expect(found(fields)).toEqual(expected)
  })
})
