import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { within } from '../../util/deadline.ts'
import { VmError } from '../errors.ts'
import { cancelMigration, migrationEnd, stateCapabilities, statePace } from '../launch/origin.ts'
import type { Vm, VmVisitor } from '../life/roles.ts'

interface SaveOptions {
  /** Whether the memory is written too. */
  readonly isWhole?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs: number
}

/**
 * Stops a VM and writes the state of its devices to a file; its memory too, or that is in a file already. Its disks are written out,
 * and QEMU does not touch them until the VM is resumed. QEMU sends the state to a socket of
 * ours, since its sandbox lets it start no program, and it knows no files before 8.2.
 * @throws VmError VM_STATE, VM_TIMEOUT, VM_ABORTED; QmpError. The VM is stopped then, and can be resumed.
 */
export async function saveState(
  vm: Vm | VmVisitor,
  file: string,
  { isWhole, signal, timeoutMs }: SaveOptions,
): Promise<void> {
  const { id, qmp } = vm
  await vm.volumes.stopVm({ signal })
  const socket = join(vm.paths.dir, 'state.sock')
  // Of a process that was killed.
  await rm(socket, { force: true })
  const { cut, received, server } = await listen(socket, file)
  received.catch(() => {})
  try {
    await qmp.execute('migrate-set-capabilities', { capabilities: stateCapabilities(isWhole) }, { signal })
    await qmp.execute('migrate-set-parameters', statePace, { signal })
    const ended = migrationEnd(qmp, signal)
    ended.catch(() => {})
    await qmp.execute('migrate', { uri: `unix:${socket}` }, { signal })
    await within(
      Promise.all([ended, received]),
      { signal, timeoutMs },
      {
        onTimeout: () =>
          new VmError('VM_TIMEOUT', `the state of VM ${id} was not saved within ${timeoutMs} ms`),
        onAbort: (cause) => new VmError('VM_ABORTED', `saving the state of VM ${id} was aborted`, { cause }),
      },
    )
  } catch (error) {
    cut()
    // A QEMU that is gone has nothing to end.
    await cancelMigration(qmp).catch(() => {})
    throw error
  } finally {
    server.close()
    await rm(socket, { force: true })
  }
}

interface Receiver {
  readonly server: Server
  readonly received: Promise<void>
  readonly cut: () => void
}

/** A server that writes what its one client sends to a file. */
async function listen(path: string, file: string): Promise<Receiver> {
  const server = createServer()
  let sender: Socket | undefined
  const received = new Promise<void>((resolve, reject) => {
    server.once('connection', (client) => {
      sender = client
      pipeline(client, createWriteStream(file, { mode: 0o600, flush: true })).then(resolve, reject)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return { server, received, cut: () => sender?.destroy() }
}
