import { type JsonObject, stringifyJson } from '../qmp/forms.ts'
import { check, strict, text, type z } from '../util/schema.ts'
import { VolumeSpecError } from './errors.ts'
import { planAttach } from './plan.ts'
import type { FileDrivers } from './source.ts'
import { parseVolumeSpec, type VolumeSpec, volumeSpecSchema } from './spec.ts'

const { format, backing } = volumeSpecSchema.shape

/** The schema of what goes into a CD-ROM drive: nobody writes to it. */
export const mediumSchema = strict({ uri: text.describe('A file, or an NBD address'), format, backing })

/** What goes into a CD-ROM drive. */
export type Medium = z.output<typeof mediumSchema>

/** What a person writes for it: its address alone, or with how it is opened. */
export type MediumInput = string | z.input<typeof mediumSchema>

/** Checks what is to go into a CD-ROM drive. Throws VOLUME_SPEC with every fault at once. */
export function parseMedium(input: MediumInput): Medium {
  const checked = check(mediumSchema, typeof input === 'string' ? { uri: input } : input)
  if (!checked.ok) throw new VolumeSpecError(checked.faults, 'medium')
  parseVolumeSpec(checked.value, { id: 'medium' })
  return checked.value
}

/** A medium as a volume, to be looked at like one before QEMU opens it. */
export function volumeOfMedium(medium: Medium): VolumeSpec {
  return parseVolumeSpec({ ...medium, readOnly: true }, { id: 'medium' })
}

/** A medium in the one text by which QEMU's commands for removable media take it. Pure. */
export function mediumFile(medium: Medium, drivers?: FileDrivers): string {
  const plan = planAttach(volumeOfMedium(medium), { preset: 'safe', drivers })
  const { 'node-name': _, ...node }: JsonObject =
    plan.find(({ execute }) => execute === 'blockdev-add')?.arguments ?? {}
  return `json:${stringifyJson(node)}`
}
