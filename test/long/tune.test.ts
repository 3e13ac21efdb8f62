import { listVms } from 'qemu-launch'
import { expect, test } from 'vitest'
import { agentConfig } from '../support/agent-guest.ts'
import { cli, cliStateDirectory, jsonFile } from '../support/cli.ts'

/** Four readers, each of which waits for its server; ends with how many reads a second there were. */
const job = `
  read -r begin rest </proc/uptime
  for i in 0 1 2 3; do dd if=/dev/vda of=/dev/null bs=4k count=10 skip=$((i * 100)) iflag=direct 2>/dev/null & done
  wait
  read -r end rest </proc/uptime
  echo "$begin $end" | awk '{ print 40 / ($2 - $1) }'
`

test('the command finds the one setting that holds a guest up, and no VM is left', {
  timeout: 3_600_000,
}, async () => {
  const serve = {
    type: 'nbdkit',
    plugin: 'memory',
    parameters: { size: '16M', 'delay-read': '100ms' },
    filters: ['delay'],
    threads: 1,
  } as const
  const config = agentConfig({ cpus: 1, volumes: [{ id: 'data', role: 'data', serve }] })
  const words = ['tune', jsonFile(config), '--exec', job, '--budget-ms', '3000000']
  const { code, err, out } = await cli(['--json', ...words])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const found: {
    advice: { path: string; before: number; after: number; ratio: number }[]
    incomplete: boolean
  } = JSON.parse(out)
  process.stdout.write(`${out}\n`)
  expect(found).toMatchObject({
    // One thread answers one of the four readers at a time.
    advice: [{ path: 'volumes[0].serve.threads', before: 1, ratio: expect.any(Number) }],
    incomplete: false,
  })
  expect(found.advice[0]?.ratio).toBeGreaterThan(2)
  expect(await listVms({ stateDir: cliStateDirectory() })).toEqual([])
})
