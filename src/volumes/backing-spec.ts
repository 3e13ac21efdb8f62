import type { Fault } from '../errors.ts'
import { show, strict, text, z } from '../util/schema.ts'
import { formatOfFile, readVolumeUri } from './source.ts'

/** The formats of a volume's file. */
export const imageFormat = z.enum(['raw', 'qcow2'])

/** The backing image of another image. QEMU opens what is written here, and not what the header of an image names. */
export interface Backing {
  readonly uri: string
  readonly format?: z.output<typeof imageFormat> | undefined
  readonly backing?: Backing | null | undefined
}

/** The schema of an image that another one stands on. */
export const backingSchema: z.ZodType<Backing, Backing> = strict({
  uri: text.describe('A file, or an NBD address without TLS'),
  format: imageFormat.optional().describe('By the ending of a file when absent, else raw'),
  backing: z
    .lazy(() => backingSchema)
    .nullable()
    .optional()
    .describe('What it stands on itself; nothing when absent'),
})

const standing: readonly string[] = ['qcow2', 'qed', 'vmdk']

/** Whether images of this format can stand on another one. */
export function canStand(format: string): boolean {
  return standing.includes(format)
}

/** The format of an image that another one stands on. */
export function formatOfBacking({ uri, format }: Backing): string {
  const source = readVolumeUri(uri)
  return format ?? (typeof source === 'object' && source.type === 'file' ? formatOfFile(source.path) : 'raw')
}

/** What is wrong with what an image of this format is said to stand on, with paths that begin with `backing`. */
export function backingFaults(format: string, backing: Backing | null | undefined): Fault[] {
  if (backing === undefined || backing === null) return []
  if (!canStand(format)) {
    const message = `has no use: a ${format} image stands on nothing, so should be left out, or the format ${standing.join(' or ')}`
    return [{ path: 'backing', message }]
  }
  const { uri } = backing
  const source = readVolumeUri(uri, { plain: true })
  const own: Fault[] =
    typeof source === 'string' ? [{ path: 'uri', message: `${show(uri)} ${source}`, value: uri }] : []
  return [...own, ...backingFaults(formatOfBacking(backing), backing.backing)].map((fault) => ({
    ...fault,
    path: `backing.${fault.path}`,
  }))
}
