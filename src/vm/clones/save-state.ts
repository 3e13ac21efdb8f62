import { createWriteStream } from 'node:fs'
import { open, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { within } from '../../util/deadline.ts'
import { VmError } from '../errors.ts'
import { stateCapabilities } from '../launch/origin.ts'
import type { Vm, VmVisitor } from '../life/roles.ts'
import { atFullPace, cancelMigration, migrationEnd } from '../migration.ts'
import { readsFiles } from './open-state.ts'

/** How long QEMU may take to start, and to load or save a state, unless its caller says otherwise: a busy host needs minutes. */
export const stateTimeoutMs = 600_000

interface SaveOptions {
  /** Whether the memory is written too. */
  readonly isWhole?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs: number
}

/** How the state gets from QEMU into the file. */
interface Way {
  readonly uri: string
  /** Resolves when the file has all of it. */
  readonly received: () => Promise<void>
  readonly cut: () => void
  readonly close: () => Promise<void>
}

/**
 * Stops a VM and writes the state of its devices to a file; its memory too, or that is in a file already. Its disks are written out,
 * and QEMU does not touch them until the VM is resumed.
 * @throws VmError VM_STATE, VM_TIMEOUT, VM_ABORTED; QmpError. The VM is stopped then, and can be resumed.
 */
export async function saveState(
  vm: Vm | VmVisitor,
  file: string,
  { isWhole, signal, timeoutMs }: SaveOptions,
): Promise<void> {
  const { id, qmp } = vm
  await vm.volumes.stopVm({ signal })
  const way = (await writesFiles(vm))
    ? await byQemu(file)
    : await bySocket(join(vm.paths.dir, 'state.sock'), file)
  try {
    await qmp.execute('migrate-set-capabilities', { capabilities: stateCapabilities(isWhole) }, { signal })
    await atFullPace(qmp, signal, async () => {
      const ended = migrationEnd(qmp, signal)
      ended.catch(() => {})
      await qmp.execute('migrate', { uri: way.uri }, { signal })
      await within(
        ended.then(way.received),
        { signal, timeoutMs },
        {
          onTimeout: () =>
            new VmError('VM_TIMEOUT', `the state of VM ${id} was not saved within ${timeoutMs} ms`),
          onAbort: (cause) =>
            new VmError('VM_ABORTED', `saving the state of VM ${id} was aborted`, { cause }),
        },
      )
    })
  } catch (error) {
    way.cut()
    // A QEMU that is gone has nothing to end.
    await cancelMigration(qmp).catch(() => {})
    throw error
  } finally {
    await way.close()
  }
}

/** Whether QEMU writes files itself, and is the user that owns ours. */
async function writesFiles({ pid, qmp }: Vm | VmVisitor): Promise<boolean> {
  if (!readsFiles(qmp.greeting.version.qemu)) return false
  const { uid } = await stat(`/proc/${pid}`)
  return uid === process.getuid?.()
}

/** In half of the time of a socket. */
async function byQemu(path: string): Promise<Way> {
  await writeFile(path, '', { mode: 0o600 })
  return {
    uri: `file:${path}`,
    received: async () => {
      const file = await open(path, 'r+')
      await file.datasync().finally(() => file.close())
    },
    cut: () => {},
    close: async () => {},
  }
}

/** QEMU's sandbox lets it start no program, and before 8.2 it knows no files: a server of ours writes what its one client sends. */
async function bySocket(socket: string, path: string): Promise<Way> {
  // Of a process that was killed.
  await rm(socket, { force: true })
  const server = createServer()
  let sender: Socket | undefined
  const received = new Promise<void>((resolve, reject) => {
    server.once('connection', (client) => {
      sender = client
      pipeline(client, createWriteStream(path, { mode: 0o600, flush: true })).then(resolve, reject)
    })
  })
  received.catch(() => {})
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, resolve)
  })
  return {
    uri: `unix:${socket}`,
    received: () => received,
    cut: () => sender?.destroy(),
    close: async () => {
      server.close()
      await rm(socket, { force: true })
    },
  }
}
