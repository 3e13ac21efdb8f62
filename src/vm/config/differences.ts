import type { VmConfig } from './schema.ts'

/**
 * The paths at which the config on record of a VM and another one differ, such as `memoryMiB` or `volumes[0].uri`. Of secrets and
 * of the seed of cloud-init only their names are compared: a record does not hold what they say. Pure.
 */
export function configDifferences(recorded: VmConfig, given: VmConfig): string[] {
  return differences('', comparable(recorded), comparable(given))
}

function comparable(config: VmConfig): object {
  return {
    ...config,
    secrets: config.secrets.map(({ id }) => id),
    cloudInit: config.cloudInit && Object.keys(config.cloudInit).sort(),
  }
}

function differences(path: string, one: unknown, other: unknown): string[] {
  if (Object.is(one, other)) return []
  if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) return [path]
  if (Array.isArray(one) && Array.isArray(other) && one.length !== other.length) return [path]
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].flatMap((key) => differences(inside(path, key, Array.isArray(one)), one[key], other[key]))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function inside(path: string, key: string, isItem: boolean): string {
  if (isItem) return `${path}[${key}]`
  return path === '' ? key : `${path}.${key}`
}
