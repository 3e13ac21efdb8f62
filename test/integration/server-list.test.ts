import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type HostReport, listVms } from 'qemu-launch'
import { startServer } from 'qemu-launch/volumes'
import { expect, onTestFinished, test } from 'vitest'
import { cli } from '../support/cli.ts'
import { dying, runElsewhere } from '../support/elsewhere.ts'
import { bareConfig, blankFile, freshName, isRunning, startVm, testDirectory } from '../support/vm.ts'

interface Row {
  readonly id: string
  readonly state: string
  readonly vm?: string
  readonly volume?: string
  readonly pid: number
  readonly directory: string
  readonly orphaned: boolean
}

/** Starts a server and dies without a word. */
const program = `${dying}
  import { startServer } from 'qemu-launch/volumes'
  await startServer({ type: 'nbdkit', plugin: 'file', parameters: { file } }, { stateDir: servers })
  await die()
`

test('the command servers lists every server of a state directory with its VM, and ends a server that no VM uses', async () => {
  const stateDir = testDirectory(freshName('s'))
  const run = (...words: string[]) => cli(['--state-dir', stateDir, ...words])
  const list = async () => JSON.parse((await run('servers', '--json')).out) as Row[]
  expect(await list()).toEqual([])

  const vm = await startVm(bareConfig(), { stateDir, paused: true })
  onTestFinished(async () => void (await run('kill', vm.id)))
  await vm.volumes.attach({ id: 'v', serve: { type: 'qemu-nbd', file: blankFile() } })
  // A server beside the VMs is none.
  await using beside = await startServer({ type: 'qemu-nbd', file: blankFile() }, { stateDir })
  expect(readdirSync(stateDir)).toContain(basename(beside.record?.directory ?? ''))
  expect((await listVms({ stateDir })).map(({ id }) => id)).toEqual([vm.id])
  await beside.stop()
  const elsewhere = testDirectory(freshName('e'))
  const handed = await startServer({ type: 'qemu-nbd', file: blankFile() }, { stateDir: elsewhere })
  await vm.volumes.attach({ id: 'w', uri: handed.uri }, { server: handed })
  const servers = join(stateDir, '.servers')
  expect(await runElsewhere(program, { servers, file: blankFile() })).toBe('SIGKILL')

  const rows = await list()
  expect(rows).toHaveLength(3)
  const used = { state: 'running', vm: vm.id, orphaned: false }
  expect(rows).toContainEqual(expect.objectContaining({ ...used, volume: 'v', type: 'qemu-nbd' }))
  expect(rows).toContainEqual(
    expect.objectContaining({ ...used, volume: 'w', directory: handed.record?.directory }),
  )
  const orphan = rows.find(({ orphaned }) => orphaned)
  const ours = rows.find(({ volume }) => volume === 'v')
  if (orphan === undefined || ours === undefined) throw new Error('not listed')
  expect(orphan).toMatchObject({ state: 'running' })
  const text = (await run('servers')).out.split('\n')
  expect(text[0]).toMatch(/^ID +STATE +PID +VM +VOLUME +TYPE +URI$/)
  expect(text.find((line) => line.startsWith(orphan.id))).toMatch(/ running, orphaned +\d+ +- +- +nbdkit /)

  const report = JSON.parse((await run('doctor', '--json')).out) as HostReport
  const check = report.checks.find(({ name }) => name === 'servers of volumes')
  expect(check).toMatchObject({ status: 'warn' })
  expect(check?.fix?.text).toContain(`qemu-launch servers end ${orphan.id}`)

  const refused = await run('--json', 'servers', 'end', ours.id)
  expect(refused).toMatchObject({ code: 1 })
  expect(JSON.parse(refused.err)).toMatchObject({ code: 'VOLUME_BUSY', details: { vm: vm.id, volume: 'v' } })
  expect(await run('servers', 'end', 'nobody')).toMatchObject({ code: 3 })
  expect(await run('servers', 'end')).toMatchObject({ code: 2 })
  expect(await run('servers', 'stop', orphan.id)).toMatchObject({ code: 2 })
  expect(await run('servers', 'end', orphan.id)).toMatchObject({
    code: 0,
    out: `server ${orphan.id} is ended\n`,
  })
  expect(isRunning(orphan.pid)).toBe(false)
  expect(isRunning(ours.pid)).toBe(true)
  expect(await list()).toHaveLength(2)

  // By its directory also one that the state directory does not know.
  expect(await runElsewhere(program, { servers: elsewhere, file: blankFile() })).toBe('SIGKILL')
  const [other = ''] = readdirSync(elsewhere).filter(
    (name) => join(elsewhere, name) !== handed.record?.directory,
  )
  expect(await run('servers', 'end', join(elsewhere, other))).toMatchObject({ code: 0 })
  expect(readdirSync(elsewhere)).toHaveLength(1)
})
