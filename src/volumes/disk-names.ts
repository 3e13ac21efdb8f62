import { isNbdUri } from './nbd-uri.ts'
import type { PlanPreset } from './plan.ts'
import { type VolumeSpec, volumeNames } from './spec.ts'

const maxSerialBytes = 20

/** Whether the server of a volume has an image with a format of its own, and not the blocks of the disk. */
export function isServedImage({ format, uri }: Pick<VolumeSpec, 'format' | 'uri'>): boolean {
  return isNbdUri(uri) && format !== undefined && format !== 'raw'
}

/** The node of a volume that talks to its server. */
export function serverNode(spec: Pick<VolumeSpec, 'format' | 'id' | 'limits' | 'uri'>): string {
  const { node, source } = volumeNames(spec.id)
  return spec.limits === undefined && !isServedImage(spec) ? node : source
}

/** How QEMU names what uses a volume's node: a device with an id by that, the backend of a virtio disk by its path. */
export function diskUser({ id, interface: kind }: Pick<VolumeSpec, 'id' | 'interface'>): string {
  const { device } = volumeNames(id)
  return kind === 'scsi' ? device : `/machine/peripheral/${device}/virtio-backend`
}

/** What the guest finds the disk by. Unasked that is, in `safe`, its id without dashes; none when that is too long. */
export function serialOf({ id, serial: asked }: VolumeSpec, preset: PlanPreset): string | undefined {
  if (asked !== undefined || preset !== 'safe') return asked
  const serial = id.replaceAll('-', '')
  return Buffer.byteLength(serial) <= maxSerialBytes ? serial : undefined
}
