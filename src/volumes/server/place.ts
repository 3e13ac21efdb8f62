import { lstatSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { ProcessIdentity } from '../../process/index.ts'
import { writeFileAtomic } from '../../util/atomic-file.ts'
import { foreignFault } from '../../util/own-directory.ts'
import { readOwnFile } from '../../util/regular-file.ts'
import { check, text, z } from '../../util/schema.ts'
import { VolumeError } from '../errors.ts'
import { formatNbdUri, type NbdAddress, socketPathFault } from '../nbd-uri.ts'
import { addressAt } from './address.ts'
import { restartPolicySchema } from './restart-policy.ts'
import { type ServerSpec, serverSpecSchema } from './spec.ts'

/** Where a server's files are: plain data by which any process finds the server again, for as long as it is not stopped. */
export const serverRecordSchema = z.object({ directory: text })

export type ServerRecord = z.output<typeof serverRecordSchema>

/** The files of one server, in its private directory. */
export function serverPaths(directory: string) {
  const at = (name: string) => join(directory, name)
  return {
    directory,
    pid: at('server.pid'),
    log: at('server.log'),
    socket: at('nbd.sock'),
    /** A pipe that the shell over the server holds open for as long as it lives. */
    alive: at('alive'),
    /** The exit status the shell saw. */
    status: at('status'),
    state: at('server.json'),
  }
}

export type ServerPaths = ReturnType<typeof serverPaths>

const servedToSchema = z.object({ vm: text, volume: text })

/** The volume that a server was started for. */
export type ServedTo = z.output<typeof servedToSchema>

/** server.json. A later version of the library reads every earlier one. */
const stateSchema = z.object({
  version: z.literal(1),
  /** The parameters name the files beside this one that hold the secrets. */
  spec: serverSpecSchema,
  workingDirectory: text,
  restart: restartPolicySchema.optional(),
  /** The volume that it was started for, for people. */
  servedTo: servedToSchema.optional(),
  /** The shell over the server as it was last started; absent before its first start. */
  process: z.object({ pid: z.int(), startTime: z.string() }).optional(),
  /** The size that it answered first. Without a size and without its maker, the server is ended by the process that finds it. */
  sizeBytes: z.string().regex(/^\d+$/).optional(),
  readOnly: z.boolean().optional(),
})

const maxBytes = 1024 * 1024

/** What is on record of a server from before its process. */
export type StoredServer = z.output<typeof stateSchema>

/** A server that has answered. */
export interface ServerState extends StoredServer {
  process: ProcessIdentity
  sizeBytes: string
  readOnly: boolean
}

/** Whether its start has come to its end. */
export function isStarted(state: StoredServer): state is ServerState {
  return state.process !== undefined && state.sizeBytes !== undefined && state.readOnly !== undefined
}

/** Where servers are made unless told otherwise. */
export const defaultServerDir = tmpdir

const prefix = 'qemu-launch-server-'

/** Whether a directory of this name is one of ours. */
export function isServerName(name: string): boolean {
  return name.startsWith(prefix)
}

/** The name of a server for people: that of its directory without what all have in common. Pure. */
export function serverId({ directory }: ServerRecord): string {
  return basename(directory).slice(prefix.length)
}

/**
 * Refuses a directory that no server of this user has made. What is in one names programs to run, and the whole is removed at the end.
 * @throws VolumeError VOLUME_BACKEND, also when there is none.
 */
export function checkPlace(paths: ServerPaths): void {
  const { directory } = paths
  const isThere = lstatSync(directory, { throwIfNoEntry: false }) !== undefined
  const missing = isThere ? undefined : 'is not there any more'
  const isNamed = isServerName(basename(directory))
  const fault = missing ?? foreignFault(directory) ?? (isNamed ? undefined : 'was not made for a server')
  if (fault !== undefined) throw serverError(paths, fault)
}

/** A new private directory (0700) below `stateDir`. */
export async function makePlace(stateDir = defaultServerDir()): Promise<ServerPaths> {
  return serverPaths(await mkdtemp(resolve(stateDir, prefix)))
}

/** Puts each secret into a file (0600) and gives the spec that names the files instead. */
export async function hideSecrets(spec: ServerSpec, { directory }: ServerPaths): Promise<ServerSpec> {
  if (spec.type !== 'nbdkit' || spec.secrets === undefined) return spec
  const { secrets, ...rest } = spec
  const parameters: Record<string, string | number | boolean> = { ...spec.parameters }
  for (const [name, value] of Object.entries(secrets)) {
    const path = join(directory, `secret-${name}`)
    await writeFile(path, value, { mode: 0o600 })
    parameters[name] = `+${path}`
  }
  return { ...rest, parameters }
}

/** Where the server listens. */
export function serverAddress(spec: ServerSpec, paths: ServerPaths): NbdAddress {
  const address = addressAt(spec, paths.socket)
  const fault = address.type === 'unix' ? socketPathFault(address.path) : undefined
  if (fault !== undefined) throw new Error(`${formatNbdUri(address)} ${fault}`)
  return address
}

export async function writeServerState(paths: ServerPaths, state: StoredServer): Promise<void> {
  await writeFileAtomic(paths.state, `${JSON.stringify(state, undefined, 2)}\n`)
}

/** @throws VolumeError VOLUME_BACKEND when there is none, or it cannot be understood. */
export async function readServerState(paths: ServerPaths): Promise<StoredServer> {
  const failure = (why: string, cause?: unknown) => serverError(paths, why, cause)
  const content = await readOwnFile(paths.state, maxBytes).catch((error: NodeJS.ErrnoException) => {
    throw failure(
      error.code === 'ENOENT' ? 'is not there any more' : `cannot be read: ${error.message}`,
      error,
    )
  })
  const checked = check(stateSchema, parse(content))
  if (!checked.ok) throw failure('cannot be understood')
  return checked.value
}

/** What is wrong with a server on record. */
export function serverError(
  { directory }: ServerPaths,
  what: string,
  cause?: unknown,
  code: 'VOLUME_BACKEND' | 'VOLUME_ABORTED' = 'VOLUME_BACKEND',
): VolumeError {
  return new VolumeError(code, `the server on record at ${directory} ${what}`, {
    cause,
    details: { directory },
  })
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}
