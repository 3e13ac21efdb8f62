import { access, constants } from 'node:fs/promises'
import { VolumeError } from './errors.ts'
import { probeNbd } from './nbd-handshake.ts'
import { readVolumeUri, type VolumeSpec } from './spec.ts'

/**
 * Makes sure that what a volume is made of answers, before QEMU is told of it: QEMU connects on its main loop,
 * so a server that is silent would stop the whole VM.
 * @throws QemuLaunchError VOLUME_BACKEND saying what is wrong with it.
 */
export async function probeBackend(
  spec: VolumeSpec,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const source = readVolumeUri(spec.uri)
  if (typeof source === 'string') return
  if (source.type === 'nbd') {
    const { readOnly } = await probeNbd(source.address, options)
    if (readOnly && !spec.readOnly) {
      throw new VolumeError(
        'VOLUME_BACKEND',
        `volume ${spec.id}: its server lets nobody write; say readOnly: true`,
        {
          details: { volume: spec.id, uri: spec.uri },
        },
      )
    }
    return
  }
  const mode = spec.readOnly ? constants.R_OK : constants.R_OK | constants.W_OK
  await access(source.path, mode).catch((error: Error) => {
    throw new VolumeError('VOLUME_BACKEND', `volume ${spec.id}: its file cannot be used: ${error.message}`, {
      details: { volume: spec.id, path: source.path },
      cause: error,
    })
  })
}
