import { QMP_GAP, QmpClient, ReconnectingQmpClient } from 'qemu-launch/qmp'
import { expect, test } from 'vitest'
import { freshPath, isListening, startIdleQemu, waitFor } from '../support/qemu.ts'

const monitor = (path: string) => [
  '-chardev',
  `socket,id=m,path=${path},server=on,wait=off`,
  '-qmp',
  'chardev:m',
]

test('a QEMU that dies and another at the same address: connected again, with a gap', async () => {
  const path = freshPath('q')
  await using link = new ReconnectingQmpClient(`unix:${path}`, { firstDelayMs: 5 })
  const seen: string[] = []
  link.on('*', ({ event }) => seen.push(event))
  const first = startIdleQemu(monitor(path))
  expect(await link.execute('query-status')).toMatchObject({ running: false })
  await link.execute('cont')
  const lost = link.execute('query-qmp-schema')
  first.kill('SIGKILL')
  await expect(lost).rejects.toThrow(/outcome is unknown/)
  startIdleQemu(monitor(path))
  expect(await link.execute('query-status')).toMatchObject({ running: false })
  await link.execute('cont')
  expect(seen).toEqual(['RESUME', QMP_GAP, 'RESUME'])
})

test('another client holds the monitor: connected as soon as it leaves', async () => {
  const path = freshPath('q')
  startIdleQemu(monitor(path))
  await waitFor(() => isListening(path))
  const holder = await QmpClient.connect(`unix:${path}`)
  await using link = new ReconnectingQmpClient(`unix:${path}`, { firstDelayMs: 5, greetingTimeoutMs: 100 })
  const waiting = link.execute('query-status')
  setTimeout(() => void holder.close(), 300)
  expect(await waiting).toMatchObject({ running: false })
})
