import type { Medium } from '../../volumes/index.ts'
import { readVolumeUri } from '../../volumes/index.ts'
import type { VmConfig } from '../config/schema.ts'
import type { VmRecord } from './state.ts'

type Media = VmRecord['media']

/** What has been done to a drive's medium since the VM began; undefined for nothing, null for taken out. */
export function mediumIn({ media }: Pick<VmRecord, 'media'>, id: string): Medium | null | undefined {
  return media.find(({ drive }) => drive === id)?.medium
}

/** The record with another medium in a drive: none for null, the config's for undefined. */
export function withMedium(record: VmRecord, id: string, medium: Medium | null | undefined): VmRecord {
  const others = record.media.filter(({ drive }) => drive !== id)
  return { ...record, media: medium === undefined ? others : [...others, { drive: id, medium }] }
}

/** The config of a VM that is launched again, as it ran: with the vCPUs it had, the links of its cards, and the media that were in its drives. Pure. */
export function asItRan(config: VmConfig, crashed: VmRecord | undefined): VmConfig {
  if (crashed === undefined) return config
  const { links, media, vcpus } = crashed
  const cpus = typeof config.cpus === 'number' ? vcpus : { ...config.cpus, count: vcpus }
  const nics = config.nics.map((nic) => {
    const link = links[nic.id]
    return link === undefined ? nic : { ...nic, link }
  })
  return withMedia({ ...config, cpus, nics }, media)
}

/** The config with the media that are in its drives. Pure. */
export function withMedia(config: VmConfig, media: Media): VmConfig {
  const drives = config.drives.map((drive) => {
    const medium = drive.id === undefined ? undefined : mediumIn({ media }, drive.id)
    if (medium === undefined) return drive
    const { backing: _, cache: _cache, format: _format, source: _source, ...empty } = drive
    return medium === null ? empty : { ...empty, ...imageOf(medium) }
  })
  return { ...config, drives }
}

function imageOf({ backing, format, uri }: Medium): Partial<VmConfig['drives'][number]> {
  const read = readVolumeUri(uri)
  const file = typeof read === 'object' && read.type === 'file'
  return {
    source: file ? { type: 'file', path: read.path } : { type: 'nbd', uri },
    ...(format === undefined ? {} : { format }),
    ...(backing === undefined ? {} : { backing }),
  }
}
