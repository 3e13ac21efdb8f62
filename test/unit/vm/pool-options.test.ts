import { expect, test } from 'vitest'
import { VmPool } from '../../../src/vm/clones/pool.ts'

test.each([-1, Number.NaN])(
  'a pool of %d clones is refused, by the name and unit of what is wrong',
  async (size) => {
    await expect(VmPool.open('web', { size, stateDir: '/nowhere' })).rejects.toMatchObject({
      code: 'QMP_INVALID_ARGUMENT',
      message: 'size must be a number of clones that is not negative',
    })
  },
)
