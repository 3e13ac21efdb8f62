import { describe, expect, test } from 'vitest'
import { parseRecord } from '../../src/vm/record/version-1.ts'
import { cases, expectGolden } from '../support/golden.ts'

/* The records were written by the version of the first release, for VMs that ran. */
describe('a record of version 1', () => {
  test.each(cases('records'))('with a volume $name', ({ name, document }) => {
    const parsed = parseRecord(document)
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
    const { attachments, begins, generations, version, ...rest } = parsed.value
    expect(document).toMatchObject({ id: rest.id, argv: rest.argv, ports: rest.ports, process: rest.process })
    const lines = [...attachments, { version, generations, begins }].map((each) => JSON.stringify(each))
    expectGolden('records', `${name}.jsonl`, `${lines.join('\n')}\n`)
    expect(parseRecord(JSON.parse(JSON.stringify(parsed.value)))).toEqual({
      ok: true,
      value: JSON.parse(JSON.stringify(parsed.value)),
    })
  })
})
