import { formatFaults } from '../../util/schema.ts'
import { VolumeError } from '../errors.ts'
import { lookAtImage } from '../image-look.ts'
import type { FileDrivers } from '../source.ts'
import type { ServerSpec } from './spec.ts'

/**
 * Looks at the image of a server before it is opened, as an attach looks at a file.
 * @returns what its files are.
 * @throws VolumeError VOLUME_BACKEND with what to say.
 */
export async function lookAtServed(spec: ServerSpec): Promise<FileDrivers> {
  if (spec.type === 'nbdkit') return new Map()
  const { file: path, format, backing } = spec
  const { drivers, faults } = await lookAtImage({ source: { type: 'file', path }, format, backing })
  if (faults.length === 0) return drivers
  throw new VolumeError('VOLUME_BACKEND', formatFaults(faults), { details: { faults } })
}
