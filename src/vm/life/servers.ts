import { resolve } from 'node:path'
import {
  endServer,
  inspectServer,
  type ListedServer,
  listServers,
  type ServerRecord,
  serverId,
  VolumeError,
} from '../../volumes/index.ts'
import { serverOf } from '../record/attachments.ts'
import { defaultStateDir, vmPaths } from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'
import { VmStore } from '../record/vm-store.ts'
import { listVms, type StateDirOptions } from './inspect.ts'

/** A server of a volume, and what it is for. */
export interface VmServer extends ListedServer {
  readonly id: string
  /** The VM that has it on record, else the one it was started for. */
  readonly vm?: string | undefined
  readonly volume?: string | undefined
  /** A VM that runs has it on record. */
  readonly used: boolean
  /** No VM has it on record, nobody watches it and no client is connected: nothing ends it. */
  readonly orphaned: boolean
}

interface Use {
  readonly vm: string
  readonly volume: string
  readonly alive: boolean
  readonly server: ServerRecord
}

/**
 * Every server of a state directory: those that were started there for volumes, and those that its VMs have on record, wherever
 * they are.
 * @throws VmError VM_STATE when the state directory cannot be read.
 */
export async function listVmServers(options: StateDirOptions = {}): Promise<VmServer[]> {
  const stateDir = resolve(options.stateDir ?? defaultStateDir())
  const uses = await usesIn(stateDir)
  const own = await listServers(stateDir)
  const known = new Set(own.map(({ directory }) => directory))
  const elsewhere = uses.map(({ server }) => server).filter(({ directory }) => !known.has(directory))
  const others = await Promise.all(elsewhere.map(inspectServer))
  return [...own, ...others.flatMap((server) => server ?? [])].map((server) => withUse(server, uses))
}

/** Lists the servers that nothing ends, also in the system's temporary directory, which `listVmServers` leaves out. */
export async function orphanedServers(
  options: StateDirOptions = {},
): Promise<(VmServer & { readonly listed: boolean })[]> {
  const [ours, others] = await Promise.all([listVmServers(options), listServers()])
  const known = new Set(ours.map(({ directory }) => directory))
  const rest = others.filter(({ directory }) => !known.has(directory)).map((server) => withUse(server, []))
  const all = [
    ...ours.map((server) => ({ ...server, listed: true })),
    ...rest.map((server) => ({ ...server, listed: false })),
  ]
  return all.filter(({ orphaned }) => orphaned)
}

/**
 * Ends a server that no VM uses, by its id in `listVmServers` or by its directory, and removes its files.
 * @returns what it was.
 * @throws VolumeError VOLUME_NOT_FOUND, VOLUME_BUSY when a VM that runs has it on record, as `endServer`.
 */
export async function endVmServer(
  id: string,
  options: StateDirOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<VmServer> {
  const servers = await listVmServers(options)
  const found =
    servers.find((server) => server.id === id || server.directory === resolve(id)) ?? (await unlisted(id))
  const details = { server: id }
  if (found === undefined) {
    const what = `there is no server ${id}; qemu-launch servers lists the servers it knows; name any other one by its directory`
    throw new VolumeError('VOLUME_NOT_FOUND', what, { details })
  }
  if (found.used) {
    const what = `server ${id} is not ended: volume ${found.volume} of VM ${found.vm} uses it; detach the volume, or end the VM`
    throw new VolumeError('VOLUME_BUSY', what, {
      details: { ...details, vm: found.vm, volume: found.volume },
    })
  }
  await endServer(found, { signal: options.signal })
  return found
}

async function unlisted(id: string): Promise<VmServer | undefined> {
  const server = id.includes('/') ? await inspectServer({ directory: resolve(id) }) : undefined
  return server && withUse(server, [])
}

function withUse(server: ListedServer, uses: readonly Use[]): VmServer {
  const use = uses.find((each) => each.server.directory === server.directory)
  return {
    ...server,
    id: serverId(server),
    vm: use?.vm ?? server.servedTo?.vm,
    volume: use?.volume ?? server.servedTo?.volume,
    used: use?.alive === true,
    orphaned: use === undefined && !server.watched && !server.connected,
  }
}

async function usesIn(stateDir: string): Promise<Use[]> {
  const vms = await listVms({ stateDir })
  const found = await Promise.all(
    vms.map(async ({ id, alive }) => {
      const record = await readRecord(stateDir, id)
      return record === undefined ? [] : usesOf(record, alive)
    }),
  )
  return found.flat()
}

async function readRecord(stateDir: string, id: string): Promise<VmRecord | undefined> {
  try {
    return await new VmStore({ id, paths: vmPaths(stateDir, id) }).find()
  } catch {
    return undefined
  }
}

/** What has ended does not use its server any more, and the next process that finds that stops it. */
function usesOf({ attachments, bootServers, id: vm }: VmRecord, alive: boolean): Use[] {
  const held = [...bootServers, ...attachments].flatMap((each) => {
    const server = serverOf(each)
    return server === undefined ? [] : [{ ...each, server }]
  })
  return held.map((each) => ({
    ...{ vm, volume: each.id, server: each.server },
    alive: alive && !('phase' in each && each.phase === 'ended'),
  }))
}
