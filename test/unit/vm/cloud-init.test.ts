import { expect, test } from 'vitest'
import { seedFiles, withoutSeed } from '../../../src/vm/config/cloud-init.ts'
import { ruleFaults } from '../../../src/vm/config/rules.ts'

test('a seed without meta-data is known by the name of its VM, a text in YAML whatever it is', () => {
  expect(seedFiles({ userData: 'u' }, '10')).toEqual([
    { name: 'user-data', key: 'userData', content: 'u' },
    { name: 'meta-data', key: 'metaData', content: 'instance-id: "10"\nlocal-hostname: "10"\n' },
  ])
})

test('what is given is taken as it is', () => {
  const given = { userData: { file: '/u' }, metaData: 'm', networkConfig: 'n' }
  expect(seedFiles(given, 'vm').map(({ name, content }) => [name, content])).toEqual([
    ['user-data', { file: '/u' }],
    ['meta-data', 'm'],
    ['network-config', 'n'],
  ])
})

test('on record is where the seed lies and not what it says', () => {
  const cloudInit = { userData: 'secret', networkConfig: 'n' }
  expect(withoutSeed({ name: 'vm', cloudInit }, '/run/vm/seed')).toEqual({
    name: 'vm',
    cloudInit: {
      userData: { file: '/run/vm/seed/user-data' },
      metaData: { file: '/run/vm/seed/meta-data' },
      networkConfig: { file: '/run/vm/seed/network-config' },
    },
  })
  expect(withoutSeed({ name: 'vm' }, '/run/vm/seed')).toEqual({ name: 'vm' })
})

test('a seed and another user do not go together: QEMU is that user already when the guest reads it', () => {
  const config = {
    name: 'a',
    cpus: 1,
    memoryMiB: 64,
    kernel: { image: '/k' },
    cloudInit: { userData: '#cloud-config' },
    process: { user: 'nobody' },
  }
  expect(ruleFaults(config).map(({ path }) => path)).toEqual(['process.user'])
  expect(ruleFaults({ ...config, process: {} })).toEqual([])
})
