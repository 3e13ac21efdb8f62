import type { NbdAddress } from '../nbd-uri.ts'
import type { ServerSpec } from './spec.ts'

/** The address of a server that listens at `path` unless it names another socket. Pure. */
export function addressAt({ socket, exportName = '', tls }: ServerSpec, path: string): NbdAddress {
  const rest = { export: exportName, ...(tls === undefined ? {} : { tls: true as const }) }
  if (typeof socket === 'object') return { type: 'tcp', ...socket, ...rest }
  return { type: 'unix', path: socket ?? path, ...rest }
}

/** The folder of a state directory that holds the servers started for the volumes of its VMs, and their sockets. */
export const serversFolder = '.servers'
