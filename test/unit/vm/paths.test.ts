import { expect, test } from 'vitest'
import { defaultStateDir } from '../../../src/vm/index.ts'

const user = 1000

test.each<[string, NodeJS.ProcessEnv, number, string]>([
  ['a user', { XDG_RUNTIME_DIR: '/run/user/1000' }, user, '/run/user/1000/qemu-launch'],
  ['root', {}, 0, '/run/qemu-launch'],
  ['root in a session', { XDG_RUNTIME_DIR: '/run/user/0' }, 0, '/run/qemu-launch'],
  ['who names a place', { QEMU_LAUNCH_STATE_DIR: '/srv/vms', XDG_RUNTIME_DIR: '/r' }, user, '/srv/vms'],
  ['root who names a place', { QEMU_LAUNCH_STATE_DIR: '/srv/vms' }, 0, '/srv/vms'],
])('the VMs of %s are in a place of their own', (_who, env, uid, place) => {
  expect(defaultStateDir(env, uid)).toBe(place)
})

test('a user without a session is told what to set', () => {
  for (const env of [{}, { XDG_RUNTIME_DIR: '' }])
    expect(() => defaultStateDir(env, user)).toThrowError(
      expect.objectContaining({ code: 'VM_STATE', message: expect.stringContaining('XDG_RUNTIME_DIR') }),
    )
})
