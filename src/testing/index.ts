/**
 * For tests of programs that speak QMP or plug disks, without a QEMU. `FakeVm` is a VM for the latter.
 *
 * `createFakeQmpServer` is a scripted monitor: it greets, negotiates, answers from a table and emits events; it can also
 * be late, wrong or gone (`NO_REPLY`, `write`, `endConnection`, `dropConnection`). It keeps QEMU's manners: one client at a
 * time, in-band commands in order, out-of-band ones at once, `CommandNotFound` for what it does not know. It listens on a
 * unix socket of its own, or serves one end of a `linkedPair`, which makes no file and no system call.
 *
 * ```ts
 * await using server = await createFakeQmpServer({
 *   commands: {
 *     'query-status': { status: 'running', running: true },
 *     device_del: ({ id }, _command, server) => {
 *       if (id !== 'disk0') throw new FakeQmpError(`Device '${id}' not found`, 'DeviceNotFound')
 *       server.emit('DEVICE_DELETED', { device: id, path: '/machine/peripheral/disk0' })
 *       return undefined // answered with {}
 *     },
 *     'query-migrate': () => NO_REPLY, // never answered
 *   },
 * })
 * await using client = await QmpClient.connect(server.address)
 * await client.execute('device_del', { id: 'disk0' })
 * expect(server.received.at(-1)).toMatchObject({ execute: 'device_del', arguments: { id: 'disk0' } })
 * ```
 *
 * @module qemu-launch/testing
 */
export {
  createFakeQmpServer,
  type FakeHandler,
  type FakeQmpServer,
  type FakeQmpServerOptions,
} from './fake-qmp-server.ts'
export { FakeVm, type FakeVmCall, type FakeVmOptions, type VmLike } from './fake-vm.ts'
export { linkedPair } from './linked-pair.ts'
export { FakeQmpError, type FakeReply, NO_REPLY, type ReceivedCommand } from './script.ts'
