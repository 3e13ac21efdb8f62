import { writeFileSync } from 'node:fs'
import { keepRunning } from 'qemu-launch'
import { expect, test, vi } from 'vitest'
import { cli } from '../support/cli.ts'
import { bareConfig, blankFile, bootGuest, failureOf, startDisk, stateDirectory } from '../support/vm.ts'

function disc(text: string): string {
  const path = blankFile(2)
  writeFileSync(path, text.padEnd(1024 * 1024, '\0'))
  return path
}

test('media go into a CD-ROM drive and out of it while the guest runs, with its leave or by force', async () => {
  const [first, second] = [disc('disc one'), disc('disc two')]
  await using guest = await bootGuest({
    config: { drives: [{ id: 'cd0', interface: 'scsi', media: 'cdrom' }] },
  })
  const { console, vm } = guest
  await console.loadModules()
  const read = () => console.run('head -c 8 /dev/sr0')
  const uri = async () => (await vm.volumes.list()).find(({ id }) => id === 'cd0')?.uri
  expect((await read()).status).not.toBe(0)
  expect(await uri()).toBeUndefined()

  expect(await vm.volumes.insert('cd0', first)).toEqual({ outcome: 'inserted', id: 'cd0' })
  await vi.waitFor(async () => expect((await read()).output).toBe('disc one'), { timeout: 60_000 })
  expect(await uri()).toBe(first)
  expect(await vm.discrepancies()).toEqual([])

  // A program that reads it locks the tray.
  await console.check('sleep 1000 </dev/sr0 >/dev/null 2>&1 & echo $! >/tmp/holder')
  await vi.waitFor(
    async () => {
      const [cd] = await vm.qmp.execute('query-block')
      expect(cd?.locked).toBe(true)
    },
    { timeout: 60_000 },
  )
  expect(await vm.volumes.eject('cd0', { waitMs: 200 })).toMatchObject({ outcome: 'pending' })
  expect(await vm.volumes.insert('cd0', second, { waitMs: 200 })).toMatchObject({ outcome: 'pending' })
  expect(await uri()).toBe(first)
  const options = ['--state-dir', stateDirectory()]
  const pending = await cli(['eject', vm.id, 'cd0', '--wait-ms', '200', ...options])
  expect(pending).toMatchObject({ code: 4, out: expect.stringContaining('keeps the tray locked') })
  const forced = await cli(['insert', vm.id, 'cd0', second, '--force', '--json', ...options])
  expect(forced).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(forced.out)).toEqual({ vm: vm.id, outcome: 'inserted', drive: 'cd0' })
  await console.check('kill $(cat /tmp/holder)')
  await vi.waitFor(async () => expect((await read()).output).toBe('disc two'), { timeout: 60_000 })

  // What cannot be opened changes nothing.
  for (const [medium, code] of [
    ['/nowhere/a.iso', 'VOLUME_BACKEND'],
    ['nbd:unix:/nowhere.sock', 'VOLUME_BACKEND'],
    ['http://x/y', 'VOLUME_SPEC'],
  ] as const)
    expect(await failureOf(vm.volumes.insert('cd0', medium))).toMatchObject({ code })
  expect(await failureOf(vm.volumes.insert('cd9', first))).toMatchObject({ code: 'VOLUME_NOT_FOUND' })
  expect(await uri()).toBe(second)

  await using server = await startDisk()
  expect(await vm.volumes.insert('cd0', server.uri)).toMatchObject({ outcome: 'inserted' })
  expect(await vm.volumes.eject('cd0')).toEqual({ outcome: 'ejected', id: 'cd0' })
  expect(await vm.volumes.eject('cd0')).toEqual({ outcome: 'ejected', id: 'cd0' })
  expect(await uri()).toBeUndefined()
})

test('a VM that comes back has the media it had, and a VM that ended has those of its config', async () => {
  const [first, second] = [disc('disc one'), disc('disc two')]
  const config = bareConfig()
  const drives = [
    ...(config.drives ?? []),
    { id: 'cd0', media: 'cdrom' as const },
    {
      id: 'cd1',
      media: 'cdrom' as const,
      source: { type: 'file' as const, path: first },
      format: 'raw' as const,
    },
  ]
  const supervisor = await keepRunning(
    { ...config, drives },
    { stateDir: stateDirectory(), restart: { backoff: { initialMs: 20, factor: 1, maxMs: 20 } } },
  )
  try {
    const { volumes } = supervisor.current
    await volumes.insert('cd0', { uri: second, format: 'raw' })
    await volumes.eject('cd1')
    expect(await failureOf(volumes.eject('os'))).toMatchObject({ code: 'VOLUME_NOT_REMOVABLE' })
    for (let time = 0; time < 2; time++) {
      const { pid } = supervisor.current
      process.kill(pid, 'SIGKILL')
      await vi.waitFor(() => expect(supervisor.current.pid).not.toBe(pid), { timeout: 60_000 })
      const blocks = await supervisor.current.qmp.execute('query-block')
      const files = new Map(blocks.map(({ device, inserted }) => [device, inserted?.file]))
      expect([files.get('cd0'), files.get('cd1')]).toEqual([second, undefined])
      const listed = await supervisor.current.volumes.list()
      expect(listed.find(({ id }) => id === 'cd0')?.uri).toBe(second)
    }
  } finally {
    await supervisor.stop({ timeoutMs: 0 })
  }
})
