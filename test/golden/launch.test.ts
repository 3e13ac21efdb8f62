import { expect, test } from 'vitest'
import { equip, parseConfigDocument, renderArgv, resolveVm, vmPaths } from '../../src/vm/index.ts'
import { cases, expectGolden } from '../support/golden.ts'

test.each(cases('launch'))('a launch of $name', ({ name, document }) => {
  const config = parseConfigDocument(document)
  const paths = vmPaths('/run/qemu-launch', config.name)
  const argv = renderArgv(equip(resolveVm(config, { accelerator: 'tcg' }), paths))
  expectGolden('launch', `${name}.argv`, `${argv.join('\n')}\n`)
})
