import { expect, test } from 'vitest'
import { unmountInGuest } from '../../../src/vm/disks/guest-unmount.ts'

const volume = { vm: 'vm', id: 'data', serial: 'data' }

test.each([
  [{ exitcode: 3, 'err-data': 'dmRhIGlzIHN3YXAK' }, 'is in use in the guest: vda is swap'],
  [
    { exitcode: 127, 'err-data': 'bm8gc2gK' },
    'what was to unmount it there ended with exit status 127: no sh',
  ],
  [{ signal: 9 }, 'what was to unmount it there ended with signal 9'],
])('%j of the guest’s shell is told', async (ended, words) => {
  const execute = async (command: string) =>
    command === 'guest-exec' ? { pid: 1 } : { exited: true, ...ended }
  await expect(
    unmountInGuest({ execute: execute as never }, volume, { timeoutMs: 1000 }),
  ).rejects.toMatchObject({
    code: 'VOLUME_BUSY',
    message: expect.stringMatching(new RegExp(`${words}$`)),
  })
})
