import { describe, expect, test } from 'vitest'
import { parseConfigDocument, parseVmConfig, renderArgv, resolveVm } from '../../src/vm/index.ts'
import { cases, expectGolden } from '../support/golden.ts'

describe('argv of', () => {
  test.each(cases('argv'))('$name', ({ name, document }) => {
    expectGolden('argv', `${name}.argv`, `${renderArgv(parseConfigDocument(document)).join('\n')}\n`)
  })

  test.each(cases('argv'))('$name again, after a trip through its own checked form', ({ document }) => {
    const config = parseConfigDocument(document)
    const again: unknown = JSON.parse(JSON.stringify(config))
    expect(parseVmConfig(again)).toEqual(config)
    expect(renderArgv(resolveVm(config))).toEqual(renderArgv(config))
  })
})

// For what the machine of the tests does not have: no QEMU is started with these.
test.each(cases('hardware'))('argv of $name, for other hardware', ({ name, document }) => {
  expectGolden('hardware', `${name}.argv`, `${renderArgv(parseConfigDocument(document)).join('\n')}\n`)
})
