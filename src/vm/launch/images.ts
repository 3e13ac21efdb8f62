import type { Fault } from '../../errors.ts'
import { type FileDrivers, type Image, isNbdUri, lookAtImage, readVolumeUri } from '../../volumes/index.ts'
import type { ResolvedVm } from '../config/resolve.ts'
import type { VmConfig } from '../config/schema.ts'
import { VmConfigError } from '../errors.ts'

/** An image of a config, and the key of its file there. */
interface Place {
  readonly path: string
  readonly file: string
  readonly image: Image
}

/**
 * Looks at all disks and flash chips of a VM before QEMU opens them, as an attach does at its one. In a restart after a crash
 * the formats are settled: what is inside its raw disks has been its guest's to write.
 * @returns what their files are.
 * @throws VmConfigError with every image that is not what the config says, or says nothing about.
 */
export async function lookAtImages(
  config: VmConfig,
  vm: Pick<ResolvedVm, 'firmware'>,
  { isRestart }: { readonly isRestart: boolean },
): Promise<FileDrivers> {
  const places = [...diskPlaces(config), ...flashPlaces(config, vm)]
  const looks = await Promise.all(
    places.map(async ({ file, image, path }) => {
      const { drivers, faults } = await lookAtImage(isRestart ? { ...image, isFormatSaid: true } : image)
      const within = (inner: string) => (inner === '' ? file : `${path}.${inner}`)
      return { drivers, faults: faults.map((fault): Fault => ({ ...fault, path: within(fault.path) })) }
    }),
  )
  const faults = looks.flatMap((look) => look.faults)
  if (faults.length > 0) throw new VmConfigError(faults)
  return new Map(looks.flatMap(({ drivers }) => [...drivers]))
}

function diskPlaces({ drives, volumes }: VmConfig): Place[] {
  const ofDrives = drives.flatMap(({ source, format, backing }, index): Place[] => {
    const path = `drives[${index}]`
    if (source?.type === 'nbd')
      return [{ ...standing(path, source.uri, { format, backing }), file: `${path}.source.uri` }]
    if (source?.type !== 'file') return []
    return [{ path, file: `${path}.source.path`, image: { source, format, backing } }]
  })
  const ofVolumes = volumes.flatMap((volume, index): Place[] =>
    volume.role === 'efi' || volume.uri === undefined
      ? []
      : [standing(`volumes[${index}]`, volume.uri, { backing: undefined, ...volume })],
  )
  return [...ofDrives, ...ofVolumes]
}

function standing(path: string, uri: string, said: Pick<Image, 'format' | 'backing'>): Place {
  const source = readVolumeUri(uri)
  // A checked config has no address that cannot be read.
  const known = typeof source === 'string' ? { type: 'file' as const, path: uri } : source
  return { path, file: `${path}.uri`, image: { source: known, format: said.format, backing: said.backing } }
}

/** All files of a firmware have one format. */
function flashPlaces(config: VmConfig, { firmware }: Pick<ResolvedVm, 'firmware'>): Place[] {
  if (firmware?.type !== 'uefi') return []
  const isFormatSaid = config.firmware?.type === 'uefi' && config.firmware.format !== undefined
  const { code, format, vars, varsTemplate } = firmware
  return Object.entries({ code, varsTemplate, vars }).flatMap(([key, path]): Place[] =>
    path === undefined || isNbdUri(path)
      ? []
      : [
          {
            path: 'firmware',
            file: `firmware.${key}`,
            image: { source: { type: 'file', path }, format, isFormatSaid },
          },
        ],
  )
}
