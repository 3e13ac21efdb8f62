/** Talks QMP to a QEMU of our own: a typed command, a typed event, and a refusal in QEMU's own words. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { QmpClient, QmpCommandError } from 'qemu-launch/qmp'

const words = [
  ...['-machine', 'none', '-nodefaults', '-display', 'none'],
  ...['-chardev', 'socket,id=monitor,fd=3', '-qmp', 'chardev:monitor'],
]
const qemu: ChildProcess = spawn('qemu-system-x86_64', words, {
  stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
})
const ended = once(qemu, 'exit')
try {
  const qmp = await QmpClient.connect(qemu.stdio[3] as Duplex)
  console.log('QEMU', qmp.greeting.version.qemu)

  const { status, running } = await qmp.execute('query-status')
  console.log('status', status)
  assert.equal(running, true)

  const stopped = qmp.waitFor('STOP', undefined, { timeoutMs: 5_000 })
  await qmp.execute('stop')
  console.log('event', (await stopped).event)

  const refusal = await qmp.execute('device_del', { id: 'nope' }).catch((error: unknown) => error)
  assert(refusal instanceof QmpCommandError)
  console.log('refused', refusal.code, refusal.qmpClass, refusal.desc)
  assert.equal(refusal.qmpClass, 'DeviceNotFound')

  const down = qmp.waitFor('SHUTDOWN', ({ data }) => data.reason === 'host-qmp-quit', { timeoutMs: 5_000 })
  await qmp.execute('quit')
  assert.equal((await down).data.guest, false)
  const [code] = await ended
  assert.equal(code, 0)
  console.log('QEMU ended in order')
} finally {
  qemu.kill('SIGKILL')
}
