import { isDeepStrictEqual } from 'node:util'
import type { Fault } from '../../errors.ts'
import { show, strict, text, z } from '../../util/schema.ts'
import { cachePolicy as cachePolicyOf } from '../cache.ts'
import { formatNbdUri } from '../nbd-uri.ts'
import { addressAt } from './address.ts'
import { restartPolicySchema } from './restart-policy.ts'
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

const cachePolicy = strict({
  parameter: text.regex(/^[A-Za-z_][\w.-]*$/).describe('The parameter of the plugin that gets the size'),
  unit: z.enum(['blocks', 'bytes']).default('blocks').describe('Blocks of 4096 bytes, or bytes'),
})
  .optional()
  .describe('Gives the plugin the size of its cache: `cachePolicy` by the name of the volume')

/** The server that is started for a volume, with the keys of `startServer`. */
export const serveSchema = z.discriminatedUnion(
  'type',
  [
    strict({ ...serverShapes.nbdkit, restart, cachePolicy }),
    strict({ ...serverShapes.qemuNbd, restart }),
    strict({ ...serverShapes.storageDaemon, restart }),
  ],
  { error: kindError },
)

/** A server that is started for its volume: it begins and ends with that. */
export type ServeSpec = z.output<typeof serveSchema>

/** A `serve` as a person writes it. */
export type ServeInput = z.input<typeof serveSchema>

const isRestarted = ({ restart = false }: ServeSpec) => restart !== false

/** What is wrong between the keys. Pure. */
export function serveFaults(serve: ServeSpec): Fault[] {
  const faults = serverFaults(plainServer(serve), isRestarted(serve))
  const size = cacheFor(serve, '')
  const spec = plainServer(serve)
  if (size === undefined || spec.type !== 'nbdkit' || spec.parameters?.[size.parameter] === undefined)
    return faults
  const message = `${show(size.parameter)} is given by parameters too: should be said once`
  return [...faults, { path: 'cachePolicy.parameter', message, value: size.parameter }]
}

/** The parameter by which the server of a volume of this name gets the size of its cache. Pure. */
export function cacheFor(
  serve: ServeSpec,
  volumeName: string,
): { readonly parameter: string; readonly value: number } | undefined {
  if (serve.type !== 'nbdkit' || serve.cachePolicy === undefined) return undefined
  const { parameter, unit } = serve.cachePolicy
  const { blocks, sizeBytes } = cachePolicyOf(volumeName)
  return { parameter, value: unit === 'blocks' ? blocks : sizeBytes }
}

/** What `startServer` takes for a volume of this name. Pure. */
export function serverOf(serve: ServeSpec, volumeName: string): ServerSpec {
  const spec = plainServer(serve)
  const size = cacheFor(serve, volumeName)
  if (size === undefined || spec.type !== 'nbdkit') return spec
  return { ...spec, parameters: { ...spec.parameters, [size.parameter]: size.value } }
}

/** The spec for `startServer`, which knows no restart and no cache policy. */
function plainServer(serve: ServeSpec): ServerSpec {
  if (serve.type === 'nbdkit') {
    const { cachePolicy: _policy, restart: _restart, ...spec } = serve
    return spec
  }
  const { restart: _restart, ...spec } = serve
  return spec
}

/** Where the server listens: at its own `socket`, else at the given one. Pure. */
export function servedUri(serve: ServeSpec, socket: string): string {
  return formatNbdUri(addressAt(plainServer(serve), socket))
}

/**
 * Brings a `serve` into one form for all processes: with absolute paths, and with the format in words.
 * @throws VolumeSpecError VOLUME_SPEC.
 */
export function settleServe(serve: ServeSpec): ServeSpec {
  const spec = withFormat(parseServerSpec(plainServer(serve), isRestarted(serve)))
  const restarted = isRestarted(serve) ? { restart: serve.restart } : {}
  if (spec.type !== 'nbdkit' || serve.type !== 'nbdkit') return { ...spec, ...restarted } as ServeSpec
  return { ...spec, ...restarted, ...(serve.cachePolicy && { cachePolicy: serve.cachePolicy }) }
}

/** Leaves out the secrets, which must not be on record. Pure. */
export function withoutServeSecrets(serve: ServeSpec): ServeSpec {
  if (serve.type !== 'nbdkit' || serve.secrets === undefined) return serve
  const { secrets: _, ...rest } = serve
  return rest
}

/** Whether both mean the same server, secrets apart. Pure. */
export function isSameServe(one: ServeSpec, other: ServeSpec): boolean {
  return isDeepStrictEqual(plain(one), plain(other))
}

/** Leaves out the keys that are undefined. */
function plain(serve: ServeSpec): unknown {
  return JSON.parse(JSON.stringify(withoutServeSecrets(serve)))
}
