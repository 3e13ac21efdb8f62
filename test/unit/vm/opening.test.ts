import { expect, test } from 'vitest'
import { QmpClient } from '../../../src/qmp/index.ts'
import { createFakeQmpServer, linkedPair } from '../../../src/testing/index.ts'
import { openWith } from '../../../src/vm/life/opening.ts'

test('a move that comes while other answers are waited for is not missed', async () => {
  const [near, far] = linkedPair()
  let status = 'running'
  await using server = await createFakeQmpServer({
    stream: far,
    commands: {
      'qom-get': 'pc-q35-7.2-machine',
      'query-status': () => ({ status, running: status === 'running' }),
    },
  })
  await using qmp = await QmpClient.connect(near)
  const stopped = qmp.waitFor('STOP')
  const onMachine = async () => {
    await qmp.execute('query-status')
    status = 'paused'
    server.emit('STOP')
    await stopped
  }
  const opened = await openWith(qmp, { onMachine }, ({ life, machine }) => ({ life, machine }))
  expect(opened).toEqual({ machine: 'pc-q35-7.2', life: { state: 'paused', reason: 'paused' } })
})
