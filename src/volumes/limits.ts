import type { Fault } from '../errors.ts'
import type { JsonObject } from '../qmp/index.ts'
import { check, should, show, strict, z } from '../util/schema.ts'
import { VolumeSpecError } from './errors.ts'

const rates = [
  'bytesPerSecond',
  'readBytesPerSecond',
  'writeBytesPerSecond',
  'operationsPerSecond',
  'readOperationsPerSecond',
  'writeOperationsPerSecond',
] as const
type Rate = (typeof rates)[number]

// QEMU takes no higher rate (THROTTLE_VALUE_MAX).
const maxRate = 1_000_000_000_000_000
const rate = z
  .int({ error: should('be a whole number a second') })
  .min(0)
  .max(maxRate)
  .optional()
const rateFields = Object.fromEntries(rates.map((name) => [name, rate])) as Record<Rate, typeof rate>

/** The schema of a volume's limits. */
export const volumeLimitsSchema = strict({
  ...rateFields,
  operationBytes: z
    .int()
    .min(512)
    .max(2 ** 31)
    .optional()
    .describe('An operation that is larger counts as several of this size'),
  burst: strict({
    ...rateFields,
    seconds: z.int().min(1).max(3600).default(1).describe('How long the higher rates may last'),
  })
    .optional()
    .describe('Higher rates for a short time; each needs the limit of the same name'),
})

/**
 * What a volume may do in a second. A limit that is absent or 0 does not apply. Set a total or its two parts, not both. `burst`
 * allows more for some seconds; the guest earns it back while it stays below the limit.
 */
export type VolumeLimits = z.input<typeof volumeLimitsSchema>

/** What is wrong between limits, with paths inside them; QEMU would refuse it. */
export function limitFaults(limits: VolumeLimits): Fault[] {
  const { burst = {} } = limits
  const faults: Fault[] = []
  for (const [total, ...parts] of [rates.slice(0, 3), rates.slice(3)] as [Rate, Rate, Rate][]) {
    for (const part of parts) {
      if (limits[total] && limits[part]) {
        const message = `${show(limits[part])} and ${total} cannot both be set: one of them should be left out`
        faults.push({ path: part, message, value: limits[part] })
      }
    }
  }
  for (const name of rates) {
    const [most, usual] = [burst[name] ?? 0, limits[name] ?? 0]
    if (most === 0 || (usual > 0 && most >= usual)) continue
    const message =
      usual === 0
        ? `${most} has no ${name} to exceed: should be left out`
        : `${most} is less than ${name}: should be ${usual} or more`
    faults.push({ path: `burst.${name}`, message, value: most })
  }
  return faults
}

/** Limits from what a person wrote. Throws VOLUME_SPEC with every fault at once. */
export function parseVolumeLimits(input: unknown): z.output<typeof volumeLimitsSchema> {
  const checked = check(volumeLimitsSchema, input)
  const faults = checked.ok ? limitFaults(checked.value) : checked.faults
  if (!checked.ok || faults.length > 0) throw new VolumeSpecError(faults, 'limits')
  return checked.value
}

const groupNames: Readonly<Record<Rate, string>> = {
  bytesPerSecond: 'bps-total',
  readBytesPerSecond: 'bps-read',
  writeBytesPerSecond: 'bps-write',
  operationsPerSecond: 'iops-total',
  readOperationsPerSecond: 'iops-read',
  writeOperationsPerSecond: 'iops-write',
}

const deviceNames: Readonly<Record<Rate, string>> = {
  bytesPerSecond: 'bps',
  readBytesPerSecond: 'bps_rd',
  writeBytesPerSecond: 'bps_wr',
  operationsPerSecond: 'iops',
  readOperationsPerSecond: 'iops_rd',
  writeOperationsPerSecond: 'iops_wr',
}

/**
 * The limits of a throttle group. All are said, since QEMU keeps what is not:
 * https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html, ThrottleLimits.
 */
export function groupLimits(limits: VolumeLimits): JsonObject {
  return said(limits, groupNames, '-max', '-max-length', 'iops-size')
}

/** The limits as `block_set_io_throttle` takes them. */
export function deviceLimits(limits: VolumeLimits): JsonObject {
  return said(limits, deviceNames, '_max', '_max_length', 'iops_size')
}

function said(
  limits: VolumeLimits,
  names: Readonly<Record<Rate, string>>,
  most: string,
  length: string,
  size: string,
): JsonObject {
  const { burst } = limits
  const entries = rates.flatMap((name): [string, number][] => [
    [names[name], limits[name] ?? 0],
    [`${names[name]}${most}`, burst?.[name] ?? 0],
    [`${names[name]}${length}`, burst?.[name] ? (burst.seconds ?? 1) : 1],
  ])
  return Object.fromEntries([...entries, [size, limits.operationBytes ?? 0]])
}

/** The limits QEMU says a throttle group has; undefined when it has none. */
export function readGroupLimits(found: JsonObject): VolumeLimits | undefined {
  return read(found, groupNames, '-max', '-max-length', 'iops-size')
}

/** The limits QEMU says the backend of a device has; undefined when it has none. */
export function readDeviceLimits(found: JsonObject): VolumeLimits | undefined {
  return read(found, deviceNames, '_max', '_max_length', 'iops_size')
}

function read(
  found: JsonObject,
  names: Readonly<Record<Rate, string>>,
  most: string,
  length: string,
  size: string,
): VolumeLimits | undefined {
  const some = (suffix: string) =>
    Object.fromEntries(
      rates.flatMap((name) => {
        const value = Number(found[`${names[name]}${suffix}`] ?? 0)
        return value === 0 ? [] : [[name, value]]
      }),
    ) as Partial<Record<Rate, number>>
  const usual = some('')
  if (Object.keys(usual).length === 0) return undefined
  const more = some(most)
  const seconds = Math.max(1, ...rates.map((name) => Number(found[`${names[name]}${length}`] ?? 1)))
  const operationBytes = Number(found[size] ?? 0)
  return {
    ...usual,
    ...(operationBytes === 0 ? {} : { operationBytes }),
    ...(Object.keys(more).length === 0 ? {} : { burst: { ...more, seconds } }),
  }
}
