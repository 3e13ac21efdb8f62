import { getEventListeners } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { QmpClient, runJob } from 'qemu-launch/qmp'
import { describe, expect, onTestFinished, test } from 'vitest'
import { freshPath, startMonitor } from '../support/qemu.ts'

const coded = (code: string) => expect.objectContaining({ code })
const MIB = 1024 * 1024

async function connected(): Promise<QmpClient> {
  const { address } = await startMonitor()
  const client = await QmpClient.connect(address)
  onTestFinished(() => client.close())
  return client
}

/** A disk of zeros that takes anything. */
/** QEMU 10.1 and newer mirror zeroes at once, however slow the job is to be. */
const addNull = (client: QmpClient, name: string, size = MIB, zeroes = true) =>
  client.execute('blockdev-add', { driver: 'null-co', 'node-name': name, size, 'read-zeroes': zeroes })

/** A backup that would take minutes. */
const SLOW = { device: 'from', target: 'to', sync: 'full', speed: MIB } as const
async function addLarge(client: QmpClient): Promise<void> {
  await addNull(client, 'from', 512 * MIB)
  await addNull(client, 'to', 512 * MIB)
}

describe('runJob', () => {
  test('a backup that is over before its command is answered', async () => {
    const client = await connected()
    await addNull(client, 'from')
    await addNull(client, 'to')
    const statuses: string[] = []
    const { jobId, progress } = await runJob(
      client,
      'blockdev-backup',
      { device: 'from', target: 'to', sync: 'full' },
      { onStatus: (status) => statuses.push(status), timeoutMs: 30_000 },
    )
    expect(progress).toEqual({ current: MIB, total: MIB })
    expect(statuses.slice(0, 2)).toEqual(['created', 'running'])
    expect(statuses).toContain('concluded')
    expect(jobId).toMatch(/^job-/)
    expect(await client.execute('query-jobs')).toEqual([])
  })

  test('a mirror is completed when it is ready', async () => {
    const client = await connected()
    await addNull(client, 'from')
    await addNull(client, 'to')
    const statuses: string[] = []
    await runJob(
      client,
      'blockdev-mirror',
      { device: 'from', target: 'to', sync: 'full' },
      { onStatus: (status) => statuses.push(status) },
    )
    expect(statuses).toEqual(expect.arrayContaining(['ready', 'concluded']))
    expect(await client.execute('query-jobs')).toEqual([])
  })

  test('an image is made, and the error of an image that cannot be made is QEMU’s', async () => {
    const client = await connected()
    const path = freshPath('f')
    onTestFinished(() => rmSync(path, { force: true }))
    await runJob(client, 'blockdev-create', { options: { driver: 'file', filename: path, size: 65536 } })
    expect(existsSync(path)).toBe(true)
    await expect(
      runJob(client, 'blockdev-create', {
        options: { driver: 'file', filename: '/nonexistent/x', size: 65536 },
      }),
    ).rejects.toThrow(
      expect.objectContaining({ code: 'QMP_JOB_FAILED', message: expect.stringMatching(/No such file/) }),
    )
    expect(await client.execute('query-jobs')).toEqual([])
  })

  test('I/O errors end a job with its error, which is not lost with the job', async () => {
    const client = await connected()
    const path = freshPath('f')
    writeFileSync(path, Buffer.alloc(MIB))
    await client.execute('blockdev-add', {
      driver: 'blkdebug',
      'node-name': 'from',
      image: { driver: 'file', filename: path },
      'inject-error': [{ event: 'none', iotype: 'read', errno: 5 }],
    })
    await addNull(client, 'to')
    await expect(
      runJob(client, 'blockdev-backup', { device: 'from', target: 'to', sync: 'full' }),
    ).rejects.toThrow(
      expect.objectContaining({ code: 'QMP_JOB_FAILED', message: expect.stringMatching(/Input\/output/) }),
    )
    expect(await client.execute('query-jobs')).toEqual([])
  })

  test('a command that is refused is the command’s error', async () => {
    const client = await connected()
    await expect(
      runJob(client, 'blockdev-backup', { device: 'none', target: 'to', sync: 'full' }),
    ).rejects.toThrow(coded('QMP_COMMAND_FAILED'))
  })

  test('a command that is refused leaves nothing that waits', async () => {
    const client = await connected()
    const { signal } = new AbortController()
    await expect(
      runJob(
        client,
        'blockdev-backup',
        { device: 'none', target: 'to', sync: 'full' },
        { signal, timeoutMs: 60_000 },
      ),
    ).rejects.toThrow(coded('QMP_COMMAND_FAILED'))
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('a mirror that QEMU refuses to complete is cancelled, with QEMU’s words', async () => {
    const client = await connected()
    for (const name of ['a', 'b', 'to']) await addNull(client, name, 512 * MIB, false)
    await client.execute('blockdev-add', {
      driver: 'quorum',
      'node-name': 'from',
      children: ['a', 'b'],
      'vote-threshold': 1,
    })
    const jobId = 'vanishing'
    const running = new Promise<void>((resolve) => {
      client.on('JOB_STATUS_CHANGE', ({ data }) => data.status === 'running' && resolve())
    })
    const mirror = runJob(
      client,
      'blockdev-mirror',
      { device: 'from', target: 'to', sync: 'full', replaces: 'b', speed: MIB },
      { jobId },
    )
    const refused = expect(mirror).rejects.toThrow(
      expect.objectContaining({
        code: 'QMP_JOB_FAILED',
        message: expect.stringContaining("Node name 'b' not found"),
        details: expect.objectContaining({ concluded: true }),
      }),
    )
    await running
    await client.execute('x-blockdev-change', { parent: 'from', child: 'children.1' })
    await client.execute('blockdev-del', { 'node-name': 'b' })
    await client.execute('block-job-set-speed', { device: jobId, speed: 0 })
    await refused
    expect(await client.execute('query-jobs')).toEqual([])
  })

  test('another job of the same id goes on when ours is not started', async () => {
    const client = await connected()
    await addLarge(client)
    const jobId = 'nightly'
    const controller = new AbortController()
    const theirs = runJob(client, 'blockdev-backup', SLOW, { jobId, signal: controller.signal })
    const cancelled = expect(theirs).rejects.toThrow(coded('QMP_ABORTED'))
    await client.waitFor('JOB_STATUS_CHANGE', ({ data }) => data.status === 'running')
    await expect(
      runJob(client, 'blockdev-backup', SLOW, { jobId, signal: AbortSignal.abort() }),
    ).rejects.toThrow(coded('QMP_ABORTED'))
    expect(await client.execute('query-jobs')).toMatchObject([{ id: jobId, status: 'running' }])
    controller.abort()
    await cancelled
    expect(await client.execute('query-jobs')).toEqual([])
  })

  test.each(['timeout', 'abort'])('at a %s the job is cancelled and cleared away', async (how) => {
    const client = await connected()
    await addLarge(client)
    const controller = new AbortController()
    const running = runJob(
      client,
      'blockdev-backup',
      SLOW,
      how === 'timeout'
        ? { timeoutMs: 1_000 }
        : {
            signal: controller.signal,
            onStatus: (status) => void (status === 'running' && controller.abort()),
          },
    )
    await expect(running).rejects.toThrow(
      expect.objectContaining({
        code: how === 'timeout' ? 'QMP_TIMEOUT' : 'QMP_ABORTED',
        details: expect.objectContaining({ concluded: true }),
      }),
    )
    expect(await client.execute('query-jobs')).toEqual([])
  })

  test('when QEMU dies the outcome is unknown', async () => {
    const { address, child } = await startMonitor()
    const client = await QmpClient.connect(address)
    await addLarge(client)
    const running = runJob(client, 'blockdev-backup', SLOW, {
      onStatus: (status) => status === 'running' && child.kill('SIGKILL'),
    })
    await expect(running).rejects.toThrow(coded('QMP_CLOSED'))
  })
})
