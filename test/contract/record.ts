/**
 * Records what a real QEMU says in each scenario: `npx tsx test/contract/record.ts [QEMU]` writes NAME.jsonl beside this
 * file, the two sides' text in order and at the end the result.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { QmpClient, runJob, stringifyJson } from '../../src/qmp/index.ts'
import { linkedPair } from '../../src/testing/index.ts'
import { type Scenario, scenarios } from './scenarios.ts'

interface Said {
  readonly from: 'client' | 'server'
  text: string
}

for (const [name, scenario] of Object.entries(scenarios)) {
  const lines = await record(process.argv[2] ?? 'qemu-system-x86_64', scenario)
  writeFileSync(
    fileURLToPath(new URL(`${name}.jsonl`, import.meta.url)),
    lines.map((line) => `${line}\n`).join(''),
  )
}

async function record(binary: string, scenario: Scenario): Promise<string[]> {
  const child = spawn(
    binary,
    [
      ...['-machine', 'none', '-nodefaults', '-display', 'none', '-S', '-chardev', 'socket,id=m,fd=3'],
      ...['-mon', `chardev=m,mode=control${scenario.monitor ?? ''}`],
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  )
  const real = child.stdio[3]
  if (!(real instanceof Duplex)) throw new TypeError('no stream to QEMU')
  const said: Said[] = []
  const hear = (from: Said['from'], chunk: Buffer) => {
    const last = said.at(-1)
    if (last?.from === from) last.text += chunk.toString('latin1')
    else said.push({ from, text: chunk.toString('latin1') })
  }
  const [near, far] = linkedPair()
  far.on('data', (chunk: Buffer) => {
    hear('client', chunk)
    if (real.writable) real.write(chunk)
  })
  real.on('data', (chunk: Buffer) => {
    hear('server', chunk)
    far.write(chunk)
  })
  real.on('error', () => {})
  real.on('close', () => far.end())
  try {
    const client = await QmpClient.connect(near, { oob: scenario.oob ?? false })
    const result = await scenario.run(client, { runJob })
    await client.close()
    return [...said.map((entry) => JSON.stringify(entry)), stringifyJson({ result })]
  } finally {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}
