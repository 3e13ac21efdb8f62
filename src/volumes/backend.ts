import { access, constants } from 'node:fs/promises'
import { formatFaults } from '../util/schema.ts'
import { inSpan } from '../util/spans.ts'
import { VolumeError } from './errors.ts'
import { lookAtImage } from './image-look.ts'
import { probeNbd } from './nbd-probe.ts'
import { type FileDrivers, readVolumeUri } from './source.ts'
import type { VolumeSpec } from './spec.ts'

/** "Transmission flags" of the NBD protocol, NBD_FLAG_CAN_MULTI_CONN. */
const canMultiConn = 1 << 8

/**
 * Makes sure that what a volume is made of answers, before QEMU is told of it: QEMU connects on its main loop,
 * so a server that is silent would stop the whole VM.
 * @returns whether it says that it takes several clients at once, as every file does, and what a server has.
 * @throws VolumeError VOLUME_BACKEND saying what is wrong with it.
 */
export async function probeBackend(
  spec: VolumeSpec,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<{ readonly multiConn: boolean; readonly sizeBytes?: bigint }> {
  const source = readVolumeUri(spec.uri)
  if (typeof source === 'string') return { multiConn: true }
  if (source.type === 'nbd') {
    const { flags, readOnly, sizeBytes } = await inSpan('ask server', { volume: spec.id }, () =>
      probeNbd(source.address, { ...options, tls: spec.tls }),
    )
    if (readOnly && !spec.readOnly) {
      throw new VolumeError(
        'VOLUME_BACKEND',
        `volume ${spec.id}: its server lets nobody write: set readOnly: true`,
        {
          details: { volume: spec.id, uri: spec.uri, readOnly: true },
        },
      )
    }
    return { multiConn: (flags & canMultiConn) !== 0, sizeBytes }
  }
  const mode = spec.readOnly ? constants.R_OK : constants.R_OK | constants.W_OK
  await access(source.path, mode).catch((error: Error) => {
    throw new VolumeError('VOLUME_BACKEND', `volume ${spec.id}: its file cannot be used: ${error.message}`, {
      details: { volume: spec.id, path: source.path },
      cause: error,
    })
  })
  return { multiConn: true }
}

/**
 * Looks at the files of a volume before it is attached: what `probeBackend` does not, since it holds for the first time only.
 * @returns what they are, for `planAttach`.
 * @throws VolumeError VOLUME_BACKEND with what to say: for what is no disk, is another format inside than it would be
 *   opened as, or names another file of this host. Nothing has been told to QEMU.
 */
export async function lookAtVolume({ id, uri, format, backing }: VolumeSpec): Promise<FileDrivers> {
  const source = readVolumeUri(uri)
  if (typeof source === 'string') return new Map()
  const { drivers, faults } = await lookAtImage({ source, format, backing })
  if (faults.length === 0) return drivers
  throw new VolumeError('VOLUME_BACKEND', `volume ${id} is not attached: ${formatFaults(faults)}`, {
    details: { volume: id, uri, faults },
  })
}
