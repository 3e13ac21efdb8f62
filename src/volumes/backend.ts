import { access, constants } from 'node:fs/promises'
import { VolumeError } from './errors.ts'
import { probeNbd } from './nbd-probe.ts'
import { readVolumeUri, type VolumeSpec } from './spec.ts'

/** "Transmission flags" of the NBD protocol, NBD_FLAG_CAN_MULTI_CONN. */
const canMultiConn = 1 << 8

/**
 * Makes sure that what a volume is made of answers, before QEMU is told of it: QEMU connects on its main loop,
 * so a server that is silent would stop the whole VM.
 * @returns whether it says that it takes several clients at once, as every file does.
 * @throws QemuLaunchError VOLUME_BACKEND saying what is wrong with it.
 */
export async function probeBackend(
  spec: VolumeSpec,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<{ readonly multiConn: boolean }> {
  const source = readVolumeUri(spec.uri)
  if (typeof source === 'string') return { multiConn: true }
  if (source.type === 'nbd') {
    const { flags, readOnly } = await probeNbd(source.address, { ...options, tls: spec.tls })
    if (readOnly && !spec.readOnly) {
      throw new VolumeError(
        'VOLUME_BACKEND',
        `volume ${spec.id}: its server lets nobody write; say readOnly: true`,
        {
          details: { volume: spec.id, uri: spec.uri },
        },
      )
    }
    return { multiConn: (flags & canMultiConn) !== 0 }
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
