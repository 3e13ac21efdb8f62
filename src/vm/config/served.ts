import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type ServeSpec, servedUri, serversFolder, socketPathFault } from '../../volumes/forms.ts'
import type { VmConfig } from './schema.ts'

/**
 * The socket of the server that is started for a volume: the same for the same state directory, VM and volume, and no other. It has
 * their names where these fit into the path of a socket. Pure.
 */
export function serverSocket(stateDir: string, vm: string, id: string): string {
  const at = (name: string) => join(stateDir, serversFolder, `${name}.sock`)
  const named = at(`${vm}+${id}`)
  if (/^[\w.-]+$/.test(id) && socketPathFault(named) === undefined) return named
  return at(createHash('sha256').update(`${vm}+${id}`).digest('hex').slice(0, 24))
}

/** Where each volume of a VM is reached that has a server started for it. Without a state directory the paths are relative. Pure. */
export function serveAt(vm: string, stateDir = ''): (id: string, serve: ServeSpec) => string {
  return (id, serve) => servedUri(serve, serverSocket(stateDir, vm, id))
}

type ConfigVolume = VmConfig['volumes'][number]

/** A volume of a config with its address, which is that of its server where one is started for it. Pure. */
export function addressed<V extends ConfigVolume>(
  volume: V,
  address: ReturnType<typeof serveAt>,
): V & { readonly uri: string } {
  const { id, serve, uri } = volume
  // A checked config has one of the two.
  return { ...volume, uri: serve === undefined ? (uri ?? '') : address(id, serve) }
}
