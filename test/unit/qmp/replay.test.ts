import { expect, test } from 'vitest'
import { parseJson, QmpClient, runJob, stringifyJson } from '../../../src/qmp/index.ts'
import { linkedPair } from '../../../src/testing/index.ts'
import { readRecording, replay } from '../../contract/recording.ts'
import { scenarios } from '../../contract/scenarios.ts'

const cases = Object.keys(scenarios).flatMap((name) => [1, 7, 100_000].map((piece) => [name, piece] as const))

test.each(cases)('%s, as QEMU said it, in pieces of %i bytes', async (name, piece) => {
  const scenario = scenarios[name]
  if (scenario === undefined) throw new Error(`no scenario ${name}`)
  const recording = readRecording(name)
  const [near, far] = linkedPair()
  const playing = replay(recording, far, piece)
  const client = await QmpClient.connect(near, { oob: scenario.oob ?? false })
  const result = await scenario.run(client, { runJob })
  await client.close()
  await playing
  expect(parseJson(stringifyJson({ result }))).toEqual({ result: recording.result })
})
