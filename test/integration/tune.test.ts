import { listVms, tuneVm } from 'qemu-launch'
import { expect, test } from 'vitest'
import { agentConfig } from '../support/agent-guest.ts'
import { cli, cliStateDirectory, jsonFile } from '../support/cli.ts'
import { bareConfig, blankFile, stateDirectory } from '../support/vm.ts'

const drives = [
  {
    id: 'os',
    deviceId: 'disk',
    source: { type: 'file' as const, path: blankFile() },
    format: 'raw' as const,
  },
]

/** Dozens of launches, and a whole guest, on a busy host. */
const patient = { timeout: 300_000 }

test('what measures more on a real QEMU is found, and no VM is left', patient, async () => {
  const config = bareConfig({ drives, cpus: 1 })
  const sizes = new Set<unknown>()
  const found = await tuneVm(config, {
    stateDir: stateDirectory(),
    measure: async (vm) => {
      const size = await vm.qmp.execute('qom-get', {
        path: '/machine/peripheral/disk',
        property: 'queue-size',
      })
      sizes.add(size)
      return Number(size)
    },
  })
  expect([...sizes].sort()).toEqual([1024, 128, 256])
  expect(found).toMatchObject({
    advice: [{ path: 'drives[0].queueSize', before: undefined, after: 1024, ratio: expect.closeTo(4) }],
    config: { drives: [{ queueSize: 1024 }] },
    incomplete: false,
  })
  expect((await listVms({ stateDir: stateDirectory() })).map(({ id }) => id)).not.toContain(config.name)
})

test('a measurement that fails is told, and no VM is left', async () => {
  const config = bareConfig({ drives })
  const failing = tuneVm(config, {
    stateDir: stateDirectory(),
    measure: () => Promise.reject(new Error('no disk')),
  })
  await expect(failing).rejects.toThrow('no disk')
  expect((await listVms({ stateDir: stateDirectory() })).map(({ id }) => id)).not.toContain(config.name)
  expect(await cli(['tune', jsonFile(config)])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--exec'),
  })
  expect(await cli(['tune', jsonFile(config), '--exec', 'true'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('guestAgent: is required'),
  })
})

test('the command measures in a real guest until its time is over, and no VM is left', patient, async () => {
  const config = agentConfig({ drives })
  const job = 'dd if=/dev/vda of=/dev/null bs=4k count=64 iflag=direct 2>/dev/null; cat /sys/block/vda/size'
  // The first measurement begins within its time, and the next one does not.
  const words = ['--json', 'tune', jsonFile(config), '--exec', job, '--budget-ms', '1000']
  const { code, err, out } = await cli(words)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(JSON.parse(out)).toMatchObject({ advice: [], measurements: 1, incomplete: true })
  const left = await listVms({ stateDir: cliStateDirectory() })
  expect(left.map(({ id }) => id)).not.toContain(config.name)
})
