import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  adoptServer,
  type NbdServer,
  probeNbd,
  type ServerEvent,
  type ServerRecord,
  type ServerSpecInput,
  startServer,
} from 'qemu-launch/volumes'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/qemu.ts'
import { blankFile, failureOf, freshName, isRunning, testDirectory } from '../support/vm.ts'

beforeEach(() => {
  process.env.TMPDIR = testDirectory(freshName('p'))
})

async function start(spec: ServerSpecInput = { type: 'qemu-nbd', file: blankFile() }) {
  const server = await startServer(spec, { restart: true })
  onTestFinished(() => server.stop())
  const record = server.record as ServerRecord
  const adopt = async (signal?: AbortSignal) => {
    const adopted = await adoptServer(record, { signal })
    onTestFinished(() => adopted.stop())
    return adopted
  }
  return { server, record, adopt }
}

const openFiles = () => readdirSync('/proc/self/fd').length

test('a server that is taken up and released again leaves no file open', async () => {
  const { server, adopt } = await start()
  await server.release()
  await (await adopt()).release()
  const before = openFiles()
  for (let round = 0; round < 20; round++) await (await adopt()).release()
  await expect.poll(openFiles).toBeLessThanOrEqual(before)
  const last = await adopt()
  expect(await probeNbd(last.address)).toMatchObject({ sizeBytes: last.sizeBytes })
})

/** Serves at once, or when it is told to: it says who it is, and waits for the file `go`. */
function waitingBinary() {
  const binary = join(testDirectory(), freshName('waiting'))
  const at = { go: `${binary}.go`, pids: `${binary}.pids` }
  writeFileSync(at.go, '')
  writeFileSync(at.pids, '')
  writeFileSync(
    binary,
    `#!/bin/sh\necho $$ >>${at.pids}\nuntil [ -e ${at.go} ]; do sleep 0.02; done\nexec qemu-nbd "$@"\n`,
    { mode: 0o755 },
  )
  const pids = () => readFileSync(at.pids, 'utf8').trim().split('\n').map(Number)
  return { binary, ...at, pids }
}

test('a server released while it is started again is there for the next one, once', async () => {
  const { binary, go, pids } = waitingBinary()
  const { server, adopt } = await start({ type: 'qemu-nbd', file: blankFile(), binary })
  rmSync(go)
  process.kill(server.pid, 'SIGKILL')
  await expect.poll(pids).toHaveLength(2)
  const released = server.release()
  expect(await failureOf(adopt(AbortSignal.timeout(300)))).toMatchObject({ code: 'VOLUME_ABORTED' })
  writeFileSync(go, '')
  await released
  const next = await adopt()
  expect(await probeNbd(next.address)).toMatchObject({ sizeBytes: next.sizeBytes })
  expect(pids().filter(isRunning)).toEqual([next.pid])
  expect(next.pid).toBe(pids()[1])
})

test.each([true, false])(
  'a server that has died takes nothing from the one that has its address now: restart %s',
  async (restart) => {
    const socket = join(testDirectory(), `${freshName('d')}.sock`)
    const spec = { type: 'nbdkit', plugin: 'file', socket } as const
    const former = await startServer({ ...spec, parameters: { file: blankFile() } }, { restart })
    await former.release()
    process.kill(former.pid, 'SIGKILL')
    // A process that has ended may have threads for a moment that hold its socket.
    const gone = { details: { errno: 'ECONNREFUSED' } }
    await eventually(async () => expect(await failureOf(probeNbd(former.address))).toMatchObject(gone))
    const server = await startServer({ ...spec, parameters: { file: blankFile(2) } })
    onTestFinished(() => server.stop())
    const seen: ServerEvent[] = []
    const adopted = await adoptServer(former.record as ServerRecord, { onEvent: (event) => seen.push(event) })
    onTestFinished(() => adopted.stop())
    await expect.poll(() => seen.length).toBeGreaterThan(restart ? 1 : 0)
    expect(seen.map(({ event }) => event)).not.toContain('SERVER_RESTARTED')
    expect(await probeNbd(server.address)).toMatchObject({ sizeBytes: server.sizeBytes })
    await adopted.stop()
    expect(await probeNbd(server.address)).toMatchObject({ sizeBytes: server.sizeBytes })
  },
)

test('of servers that are started at one address at once, one is there', async () => {
  const socket = join(testDirectory(), `${freshName('d')}.sock`)
  const starts = await Promise.allSettled(
    [1, 2, 3].map((size) =>
      startServer({ type: 'nbdkit', plugin: 'file', parameters: { file: blankFile(size) }, socket }),
    ),
  )
  const started = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
  onTestFinished(async () => void (await Promise.all(started.map((server) => server.stop()))))
  expect(started).toHaveLength(1)
  const [{ address, sizeBytes }] = started as [NbdServer]
  expect(await probeNbd(address)).toMatchObject({ sizeBytes })
})
