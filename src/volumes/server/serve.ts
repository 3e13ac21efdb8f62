import { isDeepStrictEqual } from 'node:util'
import type { Fault } from '../../errors.ts'
import { strict, z } from '../../util/schema.ts'
import { formatNbdUri } from '../nbd-uri.ts'
import { addressAt } from './address.ts'
import { restartPolicySchema } from './backoff.ts'
import {
  kindError,
  parseServerSpec,
  type ServerSpec,
  serverFaults,
  serverShapes,
  withFormat,
} from './spec.ts'

const restart = z
  .union([z.boolean(), restartPolicySchema])
  .optional()
  .describe('Starts the server again when it ends by itself; false when absent')

/** The server that is started for a volume, with the keys of `startServer`. */
export const serveSchema = z.discriminatedUnion(
  'type',
  [
    strict({ ...serverShapes.nbdkit, restart }),
    strict({ ...serverShapes.qemuNbd, restart }),
    strict({ ...serverShapes.storageDaemon, restart }),
  ],
  { error: kindError },
)

/** A server that is started for its volume: it begins and ends with that. */
export type ServeSpec = z.output<typeof serveSchema>

/** The same as a person writes it. */
export type ServeInput = z.input<typeof serveSchema>

const isRestarted = ({ restart = false }: ServeSpec) => restart !== false

/** What is wrong between the keys. Pure. */
export function serveFaults(serve: ServeSpec): Fault[] {
  return serverFaults(serverOf(serve), isRestarted(serve))
}

/** What `startServer` takes, without the policy for restarts. Pure. */
export function serverOf({ restart: _, ...spec }: ServeSpec): ServerSpec {
  return spec
}

/** Where the server listens: at its own `socket`, else at the given one. Pure. */
export function servedUri(serve: ServeSpec, socket: string): string {
  return formatNbdUri(addressAt(serverOf(serve), socket))
}

/**
 * As any process understands it, and the same for all that mean the same: absolute paths, the format in words.
 * @throws VolumeSpecError VOLUME_SPEC.
 */
export function settleServe(serve: ServeSpec): ServeSpec {
  const spec = withFormat(parseServerSpec(serverOf(serve), isRestarted(serve)))
  return isRestarted(serve) ? { ...spec, restart: serve.restart } : spec
}

/** As it may be on record: its secrets are left out. Pure. */
export function withoutServeSecrets(serve: ServeSpec): ServeSpec {
  if (serve.type !== 'nbdkit' || serve.secrets === undefined) return serve
  const { secrets: _, ...rest } = serve
  return rest
}

/** Whether both mean the same server, secrets apart. Pure. */
export function isSameServe(one: ServeSpec, other: ServeSpec): boolean {
  return isDeepStrictEqual(plain(one), plain(other))
}

/** Without the keys that are there and undefined. */
function plain(serve: ServeSpec): unknown {
  return JSON.parse(JSON.stringify(withoutServeSecrets(serve)))
}
