import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { adoptServer, endServer, listServers, type ServerSpecInput, startServer } from 'qemu-launch/volumes'
import { expect, test } from 'vitest'
import { startElsewhere } from '../support/elsewhere.ts'
import { blankFile, failureOf, freshName, isRunning, testDirectory } from '../support/vm.ts'

const rounds = process.env.QEMU_LAUNCH_LONG === '1' ? 15 : 3

/** Starts a server, and tells when it is about to. */
const program = `
  import { startServer } from 'qemu-launch/volumes'
  console.log('now')
  await startServer(spec, { stateDir: servers, restart: true })
  await new Promise(() => setInterval(() => {}, 1000))
`

/** The living processes that write into a server's directory, or have it in their words. */
function living(directory: string): number[] {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
  return pids.filter((pid) => {
    try {
      return isRunning(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory)
    } catch {
      return false
    }
  })
}

test.each<[string, () => ServerSpecInput]>([
  ['nbdkit', () => ({ type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } })],
  ['qemu-nbd', () => ({ type: 'qemu-nbd', file: blankFile() })],
  ['storage-daemon', () => ({ type: 'storage-daemon', file: blankFile() })],
])(
  'whenever the maker of a server dies, the server is on a list and can be ended: %s',
  async (_name, spec) => {
    const servers = testDirectory(freshName('h'))
    for (let round = 0; round < rounds; round++) {
      const maker = startElsewhere(program, { spec: spec(), servers }, 'pipe')
      await new Promise((resolve) => maker.stdout?.once('data', resolve))
      await sleep((120 * round) / (rounds - 1))
      maker.kill('SIGKILL')
      await new Promise((resolve) => maker.once('exit', resolve))
    }
    const found = await listServers(servers)
    expect(found.map(({ directory }) => directory).sort()).toEqual(
      readdirSync(servers)
        .map((name) => `${servers}/${name}`)
        .sort(),
    )
    expect(found.filter(({ watched }) => watched)).toEqual([])
    await Promise.all(found.map((server) => endServer(server)))
    expect(living(servers)).toEqual([])
    expect(readdirSync(servers)).toEqual([])
  },
)

test('a server is listed with what it is, who watches it and whether it is used, and a server that is watched is not ended', async () => {
  const stateDir = testDirectory(freshName('h'))
  const spec = { type: 'nbdkit', plugin: 'memory', parameters: { size: '1M' } } as const
  const server = await startServer(spec, { stateDir })
  const directory = server.record?.directory ?? ''
  const listed = {
    directory,
    state: 'running',
    connected: false,
    pid: server.pid,
    uri: server.uri,
    type: 'nbdkit',
  }
  expect(await listServers(stateDir)).toEqual([{ ...listed, watched: true }])
  expect(await failureOf(endServer({ directory }, { waitMs: 0 }))).toMatchObject({
    code: 'VOLUME_BACKEND',
    message: expect.stringContaining('is watched by another process'),
  })
  await server.release()
  expect(await listServers(stateDir)).toEqual([{ ...listed, watched: false }])
  const again = await adoptServer({ directory })
  expect(again.pid).toBe(server.pid)
  await again.stop()
  expect(await listServers(stateDir)).toEqual([])
  await endServer({ directory })
  expect(await failureOf(endServer({ directory: stateDir }))).toMatchObject({ code: 'VOLUME_NOT_FOUND' })
  expect(readdirSync(stateDir)).toEqual([])
})
