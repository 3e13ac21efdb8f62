import type { Fault } from '../../errors.ts'
import { type Checked, check, jsonSchema, show, withoutSchema } from '../../util/schema.ts'
import { VmConfigError } from '../errors.ts'
import { withoutSecret } from './cloud-init.ts'
import { ruleFaults } from './rules.ts'
import { type VmConfig, vmConfigSchema } from './schema.ts'

/** Checks a native config. All faults at once: those of each key, and those between keys. */
export function checkVmConfig(document: unknown): Checked<VmConfig> {
  const input = withoutSchema(document)
  const checked = check(vmConfigSchema, input)
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return checked
  const own = checked.ok ? [] : checked.faults.map(withoutSecret)
  const seen = new Set(own.map((fault) => fault.path))
  const faults = [...own, ...ruleFaults(input).filter((fault) => !seen.has(fault.path))]
  return checked.ok && faults.length === 0 ? checked : { ok: false, faults: faults.map(discreet) }
}

/**
 * What is wrong with a secret is told without it, also where it stands in place of the object it belongs in. Arguments that
 * are written as one text may hold some.
 */
function discreet({ value, ...fault }: Fault): Fault {
  if (value === undefined) return fault
  if (!/^(?:secrets\b|(?:extraArgs|rawDevices|rawNetdevs)$)/.test(fault.path)) return { ...fault, value }
  const quoted = `${show(value)} `
  const isMisplaced =
    /^(?:secrets(?:\[\d+\])?|extraArgs|rawDevices|rawNetdevs)$/.test(fault.path) &&
    fault.message.startsWith(quoted)
  return isMisplaced ? { ...fault, message: fault.message.slice(quoted.length) } : fault
}

/**
 * Reads a VM config from a native document. Throws VM_CONFIG with every fault at once. A config that was parsed before passes
 * unchanged.
 */
export function parseVmConfig(input: unknown): VmConfig {
  const checked = checkVmConfig(input)
  if (!checked.ok) throw new VmConfigError(checked.faults)
  return checked.value
}

/** The JSON Schema of a native config. */
export function vmConfigJsonSchema(): Record<string, unknown> {
  return {
    ...withOrigin(jsonSchema(vmConfigSchema, 'qemu-launch config')),
    description: 'A VM needs something to boot from: a drive, a volume or a kernel',
    anyOf: [{ required: ['kernel'] }, ...['drives', 'volumes'].map(needsOne)],
  }
}

/** Each volume comes from somewhere. */
function withOrigin(schema: Record<string, unknown>): Record<string, unknown> {
  const { volumes, ...properties } = schema.properties as Record<string, { readonly items?: object }>
  const items = { ...volumes?.items, anyOf: ['uri', 'serve'].map((key) => ({ required: [key] })) }
  return { ...schema, properties: { ...properties, volumes: { ...volumes, items } } }
}

function needsOne(key: string): Record<string, unknown> {
  return { required: [key], properties: { [key]: { minItems: 1 } } }
}
