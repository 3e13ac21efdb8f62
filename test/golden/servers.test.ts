import { describe, test } from 'vitest'
import { serverAddress, serverPaths } from '../../src/volumes/server/place.ts'
import { parseServerSpec } from '../../src/volumes/server/spec.ts'
import { serverWords } from '../../src/volumes/server/words.ts'
import { cases, expectGolden } from '../support/golden.ts'

describe('the command line of', () => {
  test.each(cases('servers'))('$name', ({ name, document }) => {
    const paths = serverPaths('/tmp/qemu-launch-server-x')
    const lines = [false, true].flatMap((isRestarted) => {
      // A disk of memory is not restarted.
      if (isRestarted && name === 'nbdkit-memory') return []
      const spec = parseServerSpec(document, isRestarted)
      const place = { address: serverAddress(spec, paths), pidFile: paths.pid, exitWithParent: !isRestarted }
      return [isRestarted ? '# restarted' : '# ends with its parent', ...serverWords(spec, place)]
    })
    expectGolden('servers', `${name}.argv`, `${lines.join('\n')}\n`)
  })
})
