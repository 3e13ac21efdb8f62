import type { Profile } from 'qemu-launch'
import { expect, test } from 'vitest'
import { cli, jsonFile } from '../support/cli.ts'
import { bareConfig, blankFile, startVm } from '../support/vm.ts'

const config = (profile: Profile) => ({ ...bareConfig(), profile })

test.each([
  ['throughput', { 'queue-size': 1024, 'num-queues': 2 }],
  ['memory', { 'queue-size': 128, 'num-queues': 1 }],
  ['latency', { 'queue-size': 256, 'num-queues': 2 }],
] as const)('QEMU has what the profile %s chooses', async (profile, properties) => {
  const drives = [
    {
      id: 'os',
      deviceId: 'disk',
      source: { type: 'file' as const, path: blankFile() },
      format: 'raw' as const,
    },
  ]
  await using vm = await startVm({ ...config(profile), drives }, { paused: true })
  for (const [property, value] of Object.entries(properties)) {
    expect(await vm.qmp.execute('qom-get', { path: '/machine/peripheral/disk', property })).toBe(value)
  }
  const devices = await vm.qmp.execute('query-memdev')
  expect(devices.some(({ prealloc }) => prealloc)).toBe(profile === 'latency')
  await vm.kill()
})

test('render says on standard error what a profile chose and why, and the words alone on standard output', async () => {
  const file = jsonFile(config('throughput'))
  const said = await cli(['render', file])
  expect(said.err).toMatch(/^profile throughput: drives\[0\]\.queueSize = 1024: a queue .+\n$/)
  expect(said.out).toMatch(/^qemu-system-x86_64 .*queue-size=1024.*\n$/)
})
