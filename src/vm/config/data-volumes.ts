import { hotplugPorts, portOfSpec, SlotTable, type VolumeSpec } from '../../volumes/forms.ts'
import type { VmConfig } from './schema.ts'
import { addressed, serveAt } from './served.ts'

/** What a VM has when nothing is said of ports and some are needed. */
export const defaultPortCount = 11

/** The data volumes of a config, without their role. Those with a server of their own are in this state directory. */
export function dataVolumesOf(
  { name, volumes }: Pick<VmConfig, 'name' | 'volumes'>,
  stateDir?: string,
): VolumeSpec[] {
  return volumes.flatMap((volume) => {
    if (volume.role !== 'data') return []
    const { role: _role, ...spec } = addressed(volume, serveAt(name, stateDir))
    return [spec]
  })
}

/**
 * Which data volume is at which port: those that name one first, then the others at the first that are free.
 * Also how many ports there are; undefined when the config leaves that open and no volume needs one.
 * Throws VOLUME_NO_PORT, VOLUME_PORT_OCCUPIED.
 */
export function placeVolumes(
  config: Pick<VmConfig, 'name' | 'volumes' | 'hotplugPorts'>,
  stateDir?: string,
): {
  readonly ports: number | undefined
  readonly volumes: readonly VolumeSpec[]
} {
  const volumes = dataVolumesOf(config, stateDir)
  const ports = config.hotplugPorts ?? (volumes.length === 0 ? undefined : defaultPortCount)
  const named = volumes.filter((spec) => portOfSpec(spec) !== undefined)
  let table = new SlotTable(hotplugPorts(ports ?? 0))
  for (const spec of [...named, ...volumes]) table = table.assign(spec.id, portOfSpec(spec)).table
  return { ports, volumes: volumes.map((spec) => ({ ...spec, bus: table.portOf(spec.id) })) }
}
