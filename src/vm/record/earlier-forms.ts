import { type Checked, check, z } from '../../util/schema.ts'
import { serverRecordSchema, volumeLimitsSchema, volumeRecordSchema } from '../../volumes/index.ts'
import { type EndedAttachment, type VmRecord, type VolumeAttachment, vmRecordSchema } from './state.ts'

const volumeSchema = z.object({
  spec: volumeRecordSchema,
  preset: z.enum(['safe', 'hive']),
  port: z.string(),
  phase: z.enum(['attaching', 'attached', 'detaching']),
  cut: z.boolean().optional(),
  severed: z.boolean().optional(),
  server: serverRecordSchema.optional(),
  solo: z.boolean().optional(),
  throttled: volumeLimitsSchema.optional(),
})

const departureSchema = z.object({
  id: z.string(),
  how: z.enum(['detached', 'ejected']),
  severed: z.boolean().optional(),
  unclaimed: z.boolean().optional(),
})

const dueSchema = volumeSchema.pick({ spec: true, preset: true, server: true, throttled: true })

/** As the versions up to 0.1 wrote it: what came, left, waited and was left over in four lists. */
const version1Schema = vmRecordSchema.omit({ attachments: true, generations: true, begins: true }).extend({
  version: z.literal(1),
  volumes: z.array(volumeSchema),
  departures: z.array(departureSchema).default([]),
  looseServers: z.array(z.object({ id: z.string(), server: serverRecordSchema })).default([]),
  restart: z.object({ volumes: z.array(dueSchema), resume: z.boolean() }).optional(),
})

type Ended = Omit<EndedAttachment, 'generation'>
type Live = Omit<VolumeAttachment, 'generation'>

/** The record as this version has it. Pure: all that read the same file get the same generations. */
function fromVersion1({
  departures,
  looseServers,
  restart,
  volumes,
  ...same
}: z.output<typeof version1Schema>): VmRecord {
  const toCome = new Map(restart?.volumes.map((volume) => [volume.spec.id, volume]))
  const ended = [
    ...looseServers.map(({ id, server }): Ended => ({ ...endedAs(id), how: 'detached', server })),
    ...departures.map(({ id, ...how }): Ended => ({ ...endedAs(id), ...how })),
  ]
  const live = volumes.map(({ phase, server, solo, throttled, ...volume }): Live => {
    const { id } = volume.spec
    const again = toCome.get(id)
    toCome.delete(id)
    return {
      ...volume,
      kind: 'volume',
      id,
      // A restart had come so far with it.
      phase: again === undefined || phase === 'detaching' ? phase : 'queued',
      server: server ?? again?.server,
      singleClient: solo,
      throttled: throttled ?? again?.throttled,
    }
  })
  const queued = [...toCome.values()].map(
    (volume): Live => ({
      ...volume,
      kind: 'volume',
      id: volume.spec.id,
      phase: 'queued',
      port: volume.spec.bus ?? '',
    }),
  )
  const attachments = [...ended, ...live, ...queued].map((each, index) => ({
    ...each,
    generation: index + 1,
  }))
  return {
    ...same,
    version: 2,
    attachments,
    generations: attachments.length,
    begins: restart?.resume === true || undefined,
  }
}

const endedAs = (id: string) => ({ kind: 'volume', id, phase: 'ended' }) as const

const workSchema = z.looseObject({ stopped: z.boolean().optional() })

/** The first form of version 2: what the VM stands still for is in three places. */
const firstOfVersion2Schema = z.looseObject({
  copying: z.boolean().optional(),
  backups: z.array(z.looseObject({ volume: z.string(), work: workSchema.optional() })).default([]),
  attachments: z.array(z.looseObject({ id: z.string(), uncached: z.unknown().optional() })),
})

/** What such a record is now. Pure. */
function fromFirstOfVersion2(input: unknown): unknown {
  const checked = check(firstOfVersion2Schema, input)
  if (!checked.ok) return input
  const { attachments, backups, copying, ...same } = checked.value
  const found: readonly NonNullable<VmRecord['standsFor']>[] = [
    ...(copying === true ? [{ what: 'copy' } as const] : []),
    ...backups.flatMap(({ volume, work }) =>
      work?.stopped === true ? [{ what: 'backup', volume } as const] : [],
    ),
    ...attachments.flatMap(({ id, uncached }) =>
      uncached === 'begun' ? [{ what: 'uncache', volume: id } as const] : [],
    ),
  ]
  const now = attachments.map(({ uncached, ...each }) => ({
    ...each,
    uncached: uncached === true || uncached === 'done' || undefined,
  }))
  return { standsFor: found[0], ...same, backups, attachments: now }
}

/** The record in what was read, of this form or an earlier one. */
export function parseAnyForm(input: unknown): Checked<VmRecord> {
  if (Object(input).version !== 1) return check(vmRecordSchema, fromFirstOfVersion2(input))
  const checked = check(version1Schema, input)
  return checked.ok ? { ok: true, value: fromVersion1(checked.value) } : checked
}
