import type { Fault } from '../../errors.ts'
import { strict, text, z } from '../../util/schema.ts'

const form = '{"userData": …} with a text or {"file": …}'

const document = z.union([text, strict({ file: text })])

/** The schema of a cloud-init seed. */
export const cloudInitSchema = strict({
  userData: document.describe(
    'What the guest does at its first boot, most often #cloud-config; a text or {"file": …}',
  ),
  metaData: document
    .optional()
    .describe('instance-id and local-hostname, both the name of the VM when absent'),
  networkConfig: document.optional().describe('How the guest sets up its network'),
  format: z
    .enum(['vfat', 'iso'])
    .optional()
    .describe(
      'What the guest finds: a FAT disk that QEMU makes of a folder, or a disc (ISO 9660). When absent: vfat if QEMU can make it, else iso',
    ),
})

/** The forms of a seed. */
export type SeedFormat = NonNullable<CloudInit['format']>

export type CloudInit = z.output<typeof cloudInitSchema>

/** The id of the drive with the seed. */
export const seedDrive = 'cloudinit'

/** The name of the seed as a disc, in its folder. */
export const seedDisc = 'seed.iso'

/** The name of the seed's folder in the VM's directory. */
export const seedFolder = 'seed'

export interface SeedFile {
  readonly name: string
  /** The key of the config it comes from. */
  readonly key: Exclude<keyof CloudInit, 'format'>
  readonly content: CloudInit['userData']
}

/** The files of a NoCloud seed, https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html. */
export function seedFiles({ userData, metaData, networkConfig }: CloudInit, vm: string): SeedFile[] {
  // A name such as 10 or null is no text to YAML unless quoted.
  const quoted = JSON.stringify(vm)
  const identity = `instance-id: ${quoted}\nlocal-hostname: ${quoted}\n`
  return [
    { name: 'user-data', key: 'userData', content: userData },
    { name: 'meta-data', key: 'metaData', content: metaData ?? identity },
    ...(networkConfig === undefined
      ? []
      : [{ name: 'network-config', key: 'networkConfig' as const, content: networkConfig }]),
  ]
}

/** A config fit for the record of its VM: it names the files of the seed, and has none of its words. */
export function withoutSeed<C extends { readonly name: string; readonly cloudInit?: CloudInit | undefined }>(
  config: C,
  folder: string,
): C {
  if (config.cloudInit === undefined) return config
  const written = seedFiles(config.cloudInit, config.name).map(({ name, key }) => [
    key,
    { file: `${folder}/${name}` },
  ])
  const { format } = config.cloudInit
  const files = Object.fromEntries(written) as Record<string, unknown>
  return { ...config, cloudInit: cloudInitSchema.parse({ ...files, format }) }
}

/** The same fault without a word of what was written: seeds hold passwords. */
export function withoutSecret(fault: Fault): Fault {
  const { path, message } = fault
  if (path !== 'cloudInit' && !path.startsWith('cloudInit.')) return fault
  return { path, message: /^is (?:not a known key|required)/.test(message) ? message : `should be ${form}` }
}
