import { QmpError } from './errors.ts'
import type { SchemaInfo, SchemaInfoEnumMember } from './generated/introspect.ts'

type Entity<K extends SchemaInfo['meta-type']> = SchemaInfo & { readonly 'meta-type': K }
type Features = readonly string[] | undefined

/**
 * What one QEMU says of its own QMP (query-qmp-schema): which commands, events, members, enum values and features
 * this very build has. It does not change while QEMU runs.
 */
export class QmpSchema {
  /** As it came over the wire. Type names are numbers; all other names are real. */
  readonly entities: readonly SchemaInfo[]
  readonly #byName: ReadonlyMap<string, SchemaInfo>

  constructor(entities: readonly SchemaInfo[]) {
    this.entities = entities
    this.#byName = new Map(entities.map((entity) => [entity.name, entity]))
  }

  /** Does it have that command? */
  command(name: string): boolean {
    return this.#byName.get(name)?.['meta-type'] === 'command'
  }

  /** Does it have that event? */
  event(name: string): boolean {
    return this.#byName.get(name)?.['meta-type'] === 'event'
  }

  /** Does that command or event have that feature (`deprecated`, `unstable`, …)? */
  feature(name: string, feature: string): boolean {
    const found = this.#top(name)
    return found?.features?.includes(feature) === true
  }

  /**
   * Is there something at the end of this path? It starts with the name of a command or event, then `arg-type` or
   * `ret-type` (an event has `arg-type`), then leads through the types; arrays and alternates are stepped into.
   *
   * - `name`: a member; `*name`: a member that is optional
   * - `+name`: the case of a union
   * - `^name`: a value of an enum
   * - `!name`: the JSON type (`string`, `int`, `number`, `boolean`, `null`, `value`)
   * - `$name`: a feature of the command, event, member or enum value before it
   *
   * `blockdev-add/arg-type/+nbd/reconnect-delay`, `blockdev-add/arg-type/+file/aio/^io_uring`,
   * `query-named-block-nodes/ret-type/active`, `x-debug-query-block-graph/$unstable`. Throws QMP_INVALID_ARGUMENT
   * for what is no path.
   */
  has(path: string): boolean {
    const [name = '', ...steps] = path.split('/')
    checkPath(path, name, steps)
    const found = this.#top(name)
    if (found === undefined) return false
    const [slot, ...rest] = steps
    if (slot === undefined) return true
    if (slot.startsWith('$')) return found.features?.includes(slot.slice(1)) === true
    if (slot === 'arg-type') return this.#walk(found['arg-type'], rest, undefined)
    return found['meta-type'] === 'command' && this.#walk(found['ret-type'], rest, undefined)
  }

  #top(name: string): Entity<'command'> | Entity<'event'> | undefined {
    const found = this.#byName.get(name)
    return found?.['meta-type'] === 'command' || found?.['meta-type'] === 'event' ? found : undefined
  }

  /** `features` are those of the member whose type this is. */
  #walk(typeName: string, steps: readonly string[], features: Features): boolean {
    const [step, ...rest] = steps
    if (step === undefined) return true
    const word = step.slice(1)
    if (step.startsWith('$')) return features?.includes(word) === true
    const type = this.#byName.get(typeName)
    switch (type?.['meta-type']) {
      case 'array':
        return this.#walk(type['element-type'], steps, features)
      case 'alternate':
        return type.members.some((member) => this.#walk(member.type, steps, features))
      case 'enum':
        return step.startsWith('^') && hasValue(type, word, rest)
      case 'builtin':
        return step.startsWith('!') && type['json-type'] === word
      case 'object':
        return this.#intoObject(type, step, rest)
      case 'command':
      case 'event':
      case undefined:
        return false
      default:
        return type satisfies never
    }
  }

  #intoObject(type: Entity<'object'>, step: string, rest: readonly string[]): boolean {
    if (step.startsWith('+')) {
      const variant = type.variants?.find((one) => one.case === step.slice(1))
      return variant !== undefined && this.#walk(variant.type, rest, undefined)
    }
    const optional = step.startsWith('*')
    const member = type.members.find(({ name }) => name === (optional ? step.slice(1) : step))
    if (member === undefined || (optional && !('default' in member))) return false
    return this.#walk(member.type, rest, member.features)
  }
}

function hasValue(type: Entity<'enum'>, name: string, rest: readonly string[]): boolean {
  // Before QEMU 6.2 there were only `values`, which are deprecated since.
  const members: readonly SchemaInfoEnumMember[] =
    (type.members as typeof type.members | undefined) ?? type.values.map((value) => ({ name: value }))
  const value = members.find((member) => member.name === name)
  const [feature] = rest
  if (value === undefined || feature === undefined) return value !== undefined
  return value.features?.includes(feature.slice(1)) === true
}

function checkPath(path: string, name: string, steps: readonly string[]): void {
  const fault = (what: string) => new QmpError('QMP_INVALID_ARGUMENT', `schema path ${path}: ${what}`)
  if ([name, ...steps].some((step) => /^[+*^!$]?$/.test(step))) throw fault('a name is missing')
  const [slot] = steps
  if (slot !== undefined && !/^(?:\$.*|arg-type|ret-type)$/.test(slot)) {
    throw fault(`after ${name} comes arg-type, ret-type or a $feature, not ${slot}`)
  }
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1]
    if (next === undefined) continue
    const ends =
      step.startsWith('$') || step.startsWith('!') || (step.startsWith('^') && !next.startsWith('$'))
    if (ends) throw fault(`nothing can follow ${step}`)
  }
}
