import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { QemuLaunchError } from '../../errors.ts'
import { ProcessError } from '../../process/index.ts'
import { VolumeError } from '../errors.ts'
import type { ServerSpec } from './spec.ts'
import { packages } from './words.ts'

/** Why a server did not start, in its own words, with every secret of its directory blotted out. */
export async function startFailure(
  error: unknown,
  spec: ServerSpec,
  directory: string | undefined,
  signal?: AbortSignal,
): Promise<QemuLaunchError> {
  const what = spec.type === 'nbdkit' ? `nbdkit ${spec.plugin}` : `${spec.type} ${spec.file}`
  if (signal?.aborted) {
    return new VolumeError('VOLUME_ABORTED', `starting ${what} was aborted`, { cause: signal.reason })
  }
  const known = error instanceof QemuLaunchError ? error.details : {}
  const blot = await blotter(directory)
  const raw = typeof known.log === 'string' ? known.log : ''
  const log = blot(raw)
  const isAbsent = known.exitCode === 127 || (error instanceof ProcessError && error.code === 'PROCESS_SPAWN')
  const hint = isAbsent ? `is ${packages[spec.type]} installed?` : ioUringHint(spec, log)
  const message = `${what} did not start: ${messageOf(error)}${hint && ` (${hint})`}${log && `: ${log}`}`
  return new VolumeError('VOLUME_BACKEND', message, {
    // What was blotted out here must not show there.
    cause: log === raw ? error : undefined,
    details: { ...known, log, ...ofSpec(spec) },
  })
}

/** A kernel or a container may forbid io_uring, and QEMU may be built without it. */
function ioUringHint(spec: ServerSpec, log: string): string {
  const isRefused = /Unable to use io_uring|aio=io_uring was specified/.test(log)
  if (spec.type === 'nbdkit' || spec.aio !== 'io_uring' || !isRefused) return ''
  return 'io_uring does not work here: set aio to threads, or leave it out'
}

/** Names only: the value of a parameter may be a secret. */
function ofSpec(spec: ServerSpec): Record<string, unknown> {
  return spec.type === 'nbdkit'
    ? { plugin: spec.plugin, parameters: Object.keys(spec.parameters ?? {}) }
    : { file: spec.file }
}

/** Takes every secret of a server's directory out of a text. */
export async function blotter(directory: string | undefined): Promise<(text: string) => string> {
  if (directory === undefined) return (text) => text
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.startsWith('secret-'))
  const values = await Promise.all(
    names.map((name) => readFile(join(directory, name), 'utf8').catch(() => '')),
  )
  return (text) =>
    values.filter((value) => value !== '').reduce((left, value) => left.replaceAll(value, '***'), text)
}

export const errnoOf = (error: unknown) =>
  error instanceof QemuLaunchError ? error.details.errno : undefined

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
