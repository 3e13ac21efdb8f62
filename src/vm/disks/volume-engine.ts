import type { QmpClient } from '../../qmp/index.ts'
import {
  type FileDrivers,
  fileDriver,
  readVolumeUri,
  type VolumeSpec,
  volumeNames,
} from '../../volumes/index.ts'
import { withoutIoUring } from '../config/aio.ts'
import { faultOfIoUring } from '../qemu/io-uring.ts'

/**
 * A volume as this QEMU can read and write its file. Where io_uring does not work, a volume that asks for it gets what a launch gives
 * it, with a warning. QEMU opens the file for a moment, under the name of the volume's node.
 * @throws QmpError when QEMU does not close the file again.
 */
export async function fitEngine(
  qmp: QmpClient,
  spec: VolumeSpec,
  drivers: FileDrivers,
): Promise<{ readonly spec: VolumeSpec; readonly warning?: string }> {
  const source = spec.aio === 'io_uring' ? readVolumeUri(spec.uri) : undefined
  if (typeof source !== 'object' || source.type !== 'file') return { spec }
  const { path: filename } = source
  const driver = fileDriver(filename, drivers)
  const fault = await faultOfIoUring(qmp, { driver, filename, name: volumeNames(spec.id).node })
  if (fault === undefined) return { spec }
  const { disk, warning } = withoutIoUring(spec, spec.id, fault)
  return { spec: disk, warning }
}
