import { expect, onTestFinished, test } from 'vitest'
import { bareConfig, recorded, startDisk, startVm } from '../support/vm.ts'

const MIB = 1024 * 1024

test('a volume that a block job or an export uses is not taken from the guest', async () => {
  await using server = await startDisk()
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const { qmp, volumes } = vm
  await volumes.attach({ id: 'plain', uri: server.uri })
  await volumes.attach({ id: 'limited', uri: server.uri, limits: { operationsPerSecond: 1000 } })
  await qmp.execute('blockdev-add', { driver: 'null-co', 'node-name': 'copy', size: 16 * MIB })
  const asked: unknown[] = []
  const attempt = (id: string) => volumes.detach(id, { onStep: ({ execute }) => void asked.push(execute) })

  // The mirror puts a filter between the disk and the node.
  for (const id of ['plain', 'limited']) {
    const slow = { target: 'copy', sync: 'full', speed: 1 } as const
    const job = { 'job-id': `mirror-${id}`, device: `nbd-${id}`, ...slow }
    await qmp.execute('blockdev-mirror', job)
    await expect(attempt(id)).rejects.toMatchObject({
      code: 'VOLUME_DETACH_FAILED',
      message: expect.stringContaining('block-job-cancel'),
      details: { jobs: [`mirror-${id}`], exports: [] },
    })
    const over = qmp.waitFor('JOB_STATUS_CHANGE', ({ data }) => data.status === 'null', {
      signal: AbortSignal.timeout(20_000),
    })
    await qmp.execute('block-job-cancel', { device: `mirror-${id}`, force: true })
    await over
  }

  await qmp.execute('nbd-server-start', {
    addr: { type: 'unix', data: { path: `${vm.paths.dir}/export.sock` } },
  })
  await qmp.execute('block-export-add', { type: 'nbd', id: 'out', 'node-name': 'nbd-plain', name: 'x' })
  await expect(attempt('plain')).rejects.toMatchObject({
    code: 'VOLUME_DETACH_FAILED',
    details: { jobs: [], exports: ['out'] },
  })
  expect(asked).toEqual([])
  expect(recorded(vm)).toEqual([
    ['plain', 'attached'],
    ['limited', 'attached'],
  ])
  // A job elsewhere is no reason.
  const elsewhere = {
    'job-id': 'other',
    device: 'nbd-plain',
    target: 'copy',
    sync: 'full',
    speed: 1,
  } as const
  await qmp.execute('blockdev-mirror', elsewhere)
  expect(await volumes.detach('limited')).toMatchObject({ outcome: 'detached' })
})
