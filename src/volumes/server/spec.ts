import { resolve } from 'node:path'
import type { Fault } from '../../errors.ts'
import { check, should, shouldHave, show, strict, text, z } from '../../util/schema.ts'
import { type Backing, backingFaults, backingSchema } from '../backing-spec.ts'
import { cacheModes } from '../cache.ts'
import { VolumeSpecError } from '../errors.ts'
import { socketPathFault } from '../nbd-uri.ts'
import { formatOfFile, readVolumeUri } from '../source.ts'
import { serverTlsSchema } from '../tls-spec.ts'

const userForm = /^(?:[A-Za-z_][\w.-]*|\d{1,10}:\d{1,10})$/
const wordForm = /^[A-Za-z_][\w.-]*$/

const parameters = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()], { error: should('be a text, a number, true or false') }),
  )
  .superRefine((pairs, context) => {
    for (const [name, value] of Object.entries(pairs)) {
      const fault = wordForm.test(name)
        ? String(value).includes('\0') && 'should be without a zero byte'
        : `${show(name)} is not the name of a parameter`
      if (fault) context.addIssue({ code: 'custom', path: [name], message: fault })
    }
  })

const secrets = z
  .record(z.string(), z.string())
  .superRefine((pairs, context) => {
    for (const [name, value] of Object.entries(pairs)) {
      // Never show the value.
      const fault = wordForm.test(name)
        ? /[\0\n]/.test(value) && 'should be one line: nbdkit reads no further'
        : `${show(name)} is not the name of a parameter`
      if (fault) context.addIssue({ code: 'custom', path: [name], message: fault })
    }
  })
  .describe('Parameters that nbdkit reads from a file (password, passphrase): never on a command line')

const name = (what: string) =>
  text.regex(/^[^-=\s][^=]*$/, { error: (issue) => `${show(issue.input)} is not the name of a ${what}` })

const listenerShape = {
  socket: z
    .union([
      text.superRefine((path, context) => {
        const fault = socketPathFault(resolve(path))
        if (fault !== undefined) context.addIssue({ code: 'custom', message: `${show(path)} ${fault}` })
      }),
      strict({ host: text, port: z.int().min(1).max(65535) }),
    ])
    .optional()
    .describe('The path of a unix socket, or a TCP address; a socket in a private directory when absent'),
  socketUser: z
    .string()
    .regex(userForm, { error: should('be the name of a user, or uid:gid') })
    .optional()
    .describe(
      'The group of this user may connect to the unix socket. Use it for a QEMU with process.user. Needs root',
    ),
  readOnly: z.boolean().optional(),
  exportName: z
    .string()
    .refine((value) => !value.includes('\0') && Buffer.byteLength(value) <= 4096)
    .optional()
    .describe('The name of the export; it is in the uri of the server'),
  tls: serverTlsSchema.optional().describe('Serves over TLS only'),
  binary: text.optional().describe('The program, if it is not the one in the PATH'),
}

const imageShape = {
  file: text.describe('An image file or a block device'),
  format: z
    .enum(['raw', 'qcow2', 'vmdk', 'vdi', 'vpc', 'vhdx'])
    .optional()
    .describe('When absent, the ending of the file decides it, never the content'),
  backing: backingSchema
    .nullable()
    .optional()
    .describe('The backing image; null for none. What the header names is never opened'),
  cache: z
    .enum(cacheModes)
    .optional()
    .describe('writeback when absent; writethrough where a restart could lose writes'),
  aio: z.enum(['threads', 'native', 'io_uring']).optional(),
  discard: z.enum(['ignore', 'unmap']).optional().describe('unmap when absent'),
  detectZeroes: z.enum(['off', 'on', 'unmap']).optional(),
}

const kinds = ['nbdkit', 'qemu-nbd', 'storage-daemon'] as const

/** The keys of each kind of server. */
export const serverShapes = {
  nbdkit: {
    type: z.literal('nbdkit'),
    plugin: name('plugin').describe('`file`, `memory`, … or the path of a plugin'),
    parameters: parameters.optional(),
    secrets: secrets.optional(),
    filters: z
      .array(z.union([name('filter'), strict({ name: name('filter'), parameters: parameters.optional() })]))
      .readonly()
      .optional()
      .describe('The filter next to the client comes first'),
    threads: z.int().min(1).optional(),
    ...listenerShape,
  },
  qemuNbd: { type: z.literal('qemu-nbd'), ...imageShape, ...listenerShape },
  storageDaemon: { type: z.literal('storage-daemon'), ...imageShape, ...listenerShape },
}

/** What is said of a server without a kind, or of another kind. */
export const kindError = shouldHave('type', kinds, `have a type: ${kinds.join(', ')}`)

/** What a server is to serve, and where. Plain data. */
export const serverSpecSchema = z.discriminatedUnion(
  'type',
  [strict(serverShapes.nbdkit), strict(serverShapes.qemuNbd), strict(serverShapes.storageDaemon)],
  { error: kindError },
)

export type ServerSpec = z.output<typeof serverSpecSchema>
export type NbdkitSpec = Extract<ServerSpec, { type: 'nbdkit' }>
export type ImageSpec = Extract<ServerSpec, { file: string }>

/** What these plugins serve is gone when their process is. */
const forgetfulPlugins = ['memory', 'data', 'tmpdisk']

/** Whether a killed server of this image loses writes that it has confirmed: QEMU keeps the tables of a format in memory. */
function losesWrites(spec: ImageSpec): boolean {
  const isWriteThrough = spec.cache === 'writethrough' || spec.cache === 'directsync'
  return (spec.format ?? formatOfFile(spec.file)) !== 'raw' && spec.readOnly !== true && !isWriteThrough
}

/** Why a server must not be started again behind the back of its guest; undefined when it may. */
function restartFault(spec: ServerSpec): Fault | undefined {
  if (spec.readOnly === true) return undefined
  if (spec.type !== 'nbdkit') {
    return losesWrites(spec)
      ? {
          path: 'cache',
          message: `${show(spec.cache)} loses confirmed writes when the server is killed: should be writethrough or directsync`,
          value: spec.cache,
        }
      : undefined
  }
  if (forgetfulPlugins.includes(spec.plugin)) {
    return {
      path: 'plugin',
      message: `${show(spec.plugin)} loses what it holds when it ends: should not be restarted`,
      value: spec.plugin,
    }
  }
  const filter = (spec.filters ?? []).map(filterOf).find(
    (each) =>
      // Parameters may stand with the filter or beside the plugin's; nbdkit takes them alike.
      each.name === 'cow' ||
      (each.name === 'cache' && (each.parameters?.cache ?? spec.parameters?.cache) !== 'writethrough'),
  )
  return filter === undefined
    ? undefined
    : {
        path: 'filters',
        message: `${show(filter.name)} keeps writes that are lost when the server is killed: should not be restarted${filter.name === 'cache' ? ' without cache=writethrough' : ''}`,
        value: filter.name,
      }
}

type Filter = Exclude<NonNullable<NbdkitSpec['filters']>[number], string>

/** A filter with its parameters, however it was written. */
export function filterOf(filter: string | Filter): Filter {
  return typeof filter === 'string' ? { name: filter } : filter
}

/**
 * A write-back cache with a limit: nbdkit's filter makes room by forgetting blocks, those it has confirmed and not yet
 * written among them (seen with 1.32).
 */
function forgetfulCache(spec: NbdkitSpec): Fault[] {
  const cache = (spec.filters ?? []).map(filterOf).find(({ name }) => name === 'cache')
  const given = { ...spec.parameters, ...cache?.parameters }
  const isLimited = given['cache-max-size'] !== undefined && given.cache !== 'writethrough'
  if (cache === undefined || !isLimited || spec.readOnly === true) return []
  const path = cache.parameters?.['cache-max-size'] === undefined ? 'parameters' : 'filters'
  return [
    {
      path: `${path}.cache-max-size`,
      message:
        'makes nbdkit forget writes that it has confirmed: should be left out, or with cache=writethrough, or the server read-only',
      value: given['cache-max-size'],
    },
  ]
}

function doubled(spec: NbdkitSpec): Fault[] {
  const seen = new Set<string>()
  const sources = [spec.parameters, spec.secrets, ...(spec.filters ?? []).map((f) => filterOf(f).parameters)]
  return sources
    .flatMap((source) => Object.keys(source ?? {}))
    .filter((key) => seen.has(key) || !seen.add(key))
    .map((key) => ({ path: `parameters.${key}`, message: 'is given twice: nbdkit has one list for all' }))
}

/**
 * A server as it was asked for, with every path made absolute and, where it is to be restarted, an image cache
 * that loses nothing. Pure, except that it reads the working directory.
 * @throws VolumeSpecError VOLUME_SPEC with every fault at once.
 */
export function parseServerSpec(input: unknown, isRestarted = false): ServerSpec {
  const checked = check(serverSpecSchema, input)
  if (!checked.ok) throw new VolumeSpecError(checked.faults, 'server')
  const spec = safeToRestart(absolute(checked.value), isRestarted)
  const faults = serverFaults(spec, isRestarted)
  if (faults.length > 0) throw new VolumeSpecError(faults, 'server')
  return spec
}

/** The server with an image cache that loses nothing, where it is to be restarted and leaves the cache open. Pure. */
function safeToRestart(spec: ServerSpec, isRestarted: boolean): ServerSpec {
  const isOpen = isRestarted && spec.type !== 'nbdkit' && spec.cache === undefined && losesWrites(spec)
  return isOpen ? { ...spec, cache: 'writethrough' } : spec
}

/** What is wrong between the keys of a server. Pure. */
export function serverFaults(asked: ServerSpec, isRestarted: boolean): Fault[] {
  const spec = safeToRestart(asked, isRestarted)
  const faults =
    spec.type === 'nbdkit'
      ? [...doubled(spec), ...forgetfulCache(spec)]
      : backingFaults(spec.format ?? formatOfFile(spec.file), spec.backing)
  if (spec.socketUser !== undefined && typeof spec.socket === 'object') {
    const message = `${show(spec.socketUser)} needs nothing to reach a TCP socket: should be left out`
    faults.push({ path: 'socketUser', message, value: spec.socketUser })
  }
  const fault = isRestarted ? restartFault(spec) : undefined
  return fault === undefined ? faults : [...faults, fault]
}

/** The server with the format in words: what is inside once it has been served is the guest's to write. Pure. */
export function withFormat(spec: ServerSpec): ServerSpec {
  return spec.type === 'nbdkit' ? spec : { ...spec, format: spec.format ?? formatOfFile(spec.file) }
}

/** Makes the paths absolute: another process may start the server again, from another directory. */
function absolute(spec: ServerSpec): ServerSpec {
  const listener = {
    ...spec,
    ...(typeof spec.socket === 'string' ? { socket: resolve(spec.socket) } : {}),
    ...(spec.tls === undefined ? {} : { tls: { ...spec.tls, dir: resolve(spec.tls.dir) } }),
  }
  if (listener.type === 'nbdkit') return listener
  const { backing } = listener
  return {
    ...listener,
    file: resolve(listener.file),
    ...(backing ? { backing: absoluteBacking(backing) } : {}),
  }
}

function absoluteBacking(image: Backing): Backing {
  const source = readVolumeUri(image.uri)
  const isFile = typeof source === 'object' && source.type === 'file'
  return {
    ...image,
    uri: isFile ? resolve(source.path) : image.uri,
    ...(image.backing ? { backing: absoluteBacking(image.backing) } : {}),
  }
}
