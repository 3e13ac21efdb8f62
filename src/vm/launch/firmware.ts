import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from '../../util/schema.ts'
import type { ResolvedVm } from '../config/resolve.ts'
import type { VmConfig } from '../config/schema.ts'

/** Where packages say what firmware they bring; a file of an earlier folder stands for one of its name in a later. */
const folders = ['/etc/qemu/firmware', '/usr/share/qemu/firmware']

const flashFile = z.object({ filename: z.string(), format: z.enum(['raw', 'qcow2']) })

/** The part of a descriptor that matters here, https://www.qemu.org/docs/master/interop/firmware.html. */
const descriptorSchema = z.object({
  'interface-types': z.array(z.string()),
  mapping: z.object({
    device: z.literal('flash'),
    mode: z.enum(['split']).optional(),
    executable: flashFile,
    'nvram-template': flashFile,
  }),
  targets: z.array(z.object({ architecture: z.string(), machines: z.array(z.string()) })),
  features: z.array(z.string()),
})

type Descriptor = z.output<typeof descriptorSchema>

/**
 * The VM with firmware that this host has: where Debian's files, which a config without `code` means, are not there, those of the
 * first descriptor that fits. Nothing changes when there is none: the launch says then what is missing.
 */
export async function withHostsFirmware(
  vm: ResolvedVm,
  { firmware: asked }: Pick<VmConfig, 'firmware'>,
  places: readonly string[] = folders,
): Promise<ResolvedVm> {
  const { firmware } = vm
  if (firmware?.type !== 'uefi' || asked?.type !== 'uefi' || asked.code !== undefined) return vm
  const isThere = await access(firmware.code).then(
    () => true,
    () => false,
  )
  if (isThere) return vm
  const found = (await descriptors(places)).find((descriptor) => fits(descriptor, vm))
  if (found === undefined) return vm
  const { executable, 'nvram-template': template } = found.mapping
  const isTemplateSaid = asked.varsTemplate !== undefined || firmware.varsTemplate === undefined
  return {
    ...vm,
    firmware: {
      ...firmware,
      code: executable.filename,
      format: asked.format ?? executable.format,
      ...(isTemplateSaid ? {} : { varsTemplate: template.filename }),
    },
  }
}

async function descriptors(places: readonly string[]): Promise<readonly Descriptor[]> {
  const paths = new Map<string, string>()
  for (const place of places) {
    for (const name of await readdir(place).catch(() => []))
      if (name.endsWith('.json') && !paths.has(name)) paths.set(name, join(place, name))
  }
  const sorted = [...paths].sort(([a], [b]) => (a < b ? -1 : 1))
  const read = await Promise.all(
    sorted.map(async ([, path]) => {
      const text = await readFile(path, 'utf8').catch(() => '')
      return parse(text)
    }),
  )
  return read.flatMap((descriptor) => descriptor ?? [])
}

function parse(text: string): Descriptor | undefined {
  try {
    return descriptorSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function fits({ features, 'interface-types': types, mapping, targets }: Descriptor, vm: ResolvedVm): boolean {
  const isSecure = vm.firmware?.type === 'uefi' && vm.firmware.secureBoot === true
  const has = (feature: string) => features.includes(feature)
  const isRight = isSecure ? has('secure-boot') && has('enrolled-keys') : !has('requires-smm')
  const { 'nvram-template': template, executable } = mapping
  return (
    types.includes('uefi') &&
    isRight &&
    template.format === executable.format &&
    targets.some(
      ({ architecture, machines }) =>
        architecture === vm.arch && machines.some((pattern) => pattern.includes(kindOf(vm.machine))),
    )
  )
}

/** The part of a machine's name that patterns such as `pc-q35-*` have. */
function kindOf(machine = ''): string {
  return /q35|virt|microvm/.exec(machine)?.[0] ?? 'i440fx'
}
