import { expect, test } from 'vitest'
import { runJob } from '../../../src/qmp/index.ts'
import { type FakeQmpServer, NO_REPLY } from '../../../src/testing/index.ts'
import { connected } from './support.ts'

const BACKUP = { device: 'from', target: 'to', sync: 'full' } as const
const sent = (server: FakeQmpServer) => server.received.map(({ execute }) => execute).slice(1)

test('the limit holds for the look at the ended job, too', async () => {
  const { client, server } = await connected({
    commands: {
      'blockdev-backup': ({ 'job-id': id }, _command, fake) => {
        for (const status of ['created', 'concluded'])
          fake.emit('JOB_STATUS_CHANGE', { id: String(id), status })
        return {}
      },
      'query-jobs': () => NO_REPLY,
      'job-dismiss': {},
    },
  })
  await expect(runJob(client, 'blockdev-backup', BACKUP, { timeoutMs: 50 })).rejects.toThrow(
    expect.objectContaining({ code: 'QMP_TIMEOUT', details: expect.objectContaining({ concluded: true }) }),
  )
  expect(sent(server)).toEqual(['blockdev-backup', 'query-jobs', 'job-dismiss'])
})

test.each([
  ['nobody knows whose it is, is not cancelled', 'nightly', [], ['query-jobs']],
  ['began is cancelled', 'nightly', ['created'], ['job-cancel', 'job-dismiss']],
  ['nobody else can have is cancelled', undefined, [], ['job-cancel', 'job-dismiss']],
])('of a start that was not answered a job that %s', async (_what, jobId, statuses, then) => {
  const { client, server } = await connected({
    commands: {
      'blockdev-backup': ({ 'job-id': id }, _command, fake) => {
        for (const status of statuses) fake.emit('JOB_STATUS_CHANGE', { id: String(id), status })
        return NO_REPLY
      },
      'query-jobs': [],
      'job-cancel': ({ id }, _command, fake) => {
        fake.emit('JOB_STATUS_CHANGE', { id: String(id), status: 'concluded' })
        return {}
      },
      'job-dismiss': {},
    },
  })
  await expect(runJob(client, 'blockdev-backup', BACKUP, { jobId, timeoutMs: 50 })).rejects.toThrow(
    expect.objectContaining({ code: 'QMP_TIMEOUT', details: expect.objectContaining({ concluded: true }) }),
  )
  expect(sent(server)).toEqual(['blockdev-backup', ...then])
})
