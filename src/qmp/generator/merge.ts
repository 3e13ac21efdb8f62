import {
  type AlternateModel,
  allMembers,
  type CommandModel,
  type EnumModel,
  type EventModel,
  type Facts,
  type Member,
  type Model,
  type ObjectModel,
  objectType,
  type TypeModel,
} from '../codegen/model.ts'

/** One version's form of something. */
interface Form<T> {
  readonly model: Model
  readonly version: string
  readonly value: T
}

/**
 * The models of single versions, oldest first, as one. Throws where versions differ in a way that has no rule
 * here, so that a new version cannot slip in wrongly.
 */
export function mergeModels(models: readonly Model[]): Model {
  const versions = models.map(({ versions: [version = ''] }) => version)
  return {
    versions,
    types: mergeAll(models, 'types', mergeType, versions),
    commands: mergeAll(models, 'commands', mergeCommand, versions),
    events: mergeAll(models, 'events', mergeEvent, versions),
  }
}

function mergeAll<K extends 'types' | 'commands' | 'events', T extends Model[K][string]>(
  models: readonly Model[],
  key: K,
  merge: (forms: readonly Form<T>[], name: string) => T,
  versions: readonly string[],
): Record<string, T> {
  const merged: Record<string, T> = {}
  for (const name of names(models.map((model) => Object.keys(model[key])))) {
    const forms = models.flatMap((model, index) => {
      const value = (model[key] as Readonly<Record<string, T>>)[name]
      return value === undefined ? [] : [{ model, version: versions[index] ?? '', value }]
    })
    merged[name] = { ...merge(forms, name), ...mergedFacts(forms, versions) }
  }
  return merged
}

/** Every name once, in the newest order, what is gone from there at the end. */
function names(lists: readonly (readonly string[])[]): ReadonlySet<string> {
  return new Set([...lists].reverse().flat())
}

function mergedFacts(forms: readonly Form<Facts>[], parentVersions: readonly string[]): Facts {
  const { features } = newest(forms).value
  const since = sinceOf(forms)
  // What is in every newest build was not always in every older one.
  const condition = forms.findLast(({ value }) => value.if !== undefined)?.value.if
  const first = parentVersions.indexOf(forms[0]?.version ?? '')
  const last = parentVersions.indexOf(newest(forms).version)
  if (last - first + 1 !== forms.length) throw new Error('something was gone in between')
  const deprecated = forms.find(({ value }) => value.features?.includes('deprecated') === true)?.version
  return {
    ...(since === undefined ? {} : { since }),
    ...(first === 0 ? {} : { from: newestOf(parentVersions, first) }),
    ...(last === parentVersions.length - 1 ? {} : { until: newestOf(parentVersions, last) }),
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(features === undefined ? {} : { features }),
    ...(condition === undefined ? {} : { if: condition }),
  }
}

/** As the newest documents it, unless that is later than the oldest that has it. */
function sinceOf(forms: readonly Form<Facts>[]): string | undefined {
  const [oldest] = forms
  const { since } = newest(forms).value
  return since !== undefined && oldest !== undefined && isAfter(since, oldest.version)
    ? oldest.value.since
    : since
}

function isAfter(release: string, other: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map(Number)
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number)
  return major > otherMajor || (major === otherMajor && minor > otherMinor)
}

const newestOf = (versions: readonly string[], index: number): string => versions[index] ?? ''

function newest<T>(forms: readonly Form<T>[]): Form<T> {
  const last = forms.at(-1)
  if (last === undefined) throw new Error('nothing to merge')
  return last
}

const versionsOf = (forms: readonly Form<unknown>[]): readonly string[] => forms.map(({ version }) => version)

/** Merges lists of named things, each named thing by `merge`. */
function mergeNamed<T extends Facts & { readonly name: string }>(
  forms: readonly Form<readonly T[]>[],
  merge: (forms: readonly Form<T>[], versions: readonly string[]) => T,
): T[] {
  const all = names(forms.map(({ value }) => value.map(({ name }) => name)))
  return [...all].map((name) => {
    const own = forms.flatMap((form) => {
      const value = form.value.find((item) => item.name === name)
      return value === undefined ? [] : [{ ...form, value }]
    })
    return { ...merge(own, versionsOf(forms)), ...mergedFacts(own, versionsOf(forms)) }
  })
}

function formerTypes(forms: readonly Form<{ readonly type: string }>[]): { was?: readonly string[] } {
  const now = newest(forms)
  const was = new Set(
    forms
      .filter(({ model, value }) => shape(model, value.type) !== shape(now.model, now.value.type))
      .map(({ value }) => value.type),
  )
  return was.size === 0 ? {} : { was: [...was] }
}

/** Equal for types that differ in their name only. */
function shape(model: Model, name: string): string {
  const type = model.types[name]
  if (type?.kind !== 'object' || type.base !== undefined || type.tag !== undefined) return name
  return JSON.stringify(type.members.map((member) => [member.name, member.type, member.optional]))
}

function mergeMembers(forms: readonly Form<readonly Member[]>[]): Member[] {
  return mergeNamed(forms, (own) => {
    const { name, type } = newest(own).value
    const required = own.filter(({ value }) => value.optional === undefined)
    return {
      name,
      type,
      ...formerTypes(own),
      ...(required.length === own.length ? {} : { optional: required.length === 0 ? true : 'some' }),
      ...(required.length === 0 || required.length === own.length
        ? {}
        : { requiredBy: versionsOf(required) }),
    }
  })
}

function mergeBranches(forms: readonly Form<ObjectModel['branches']>[]) {
  const present = forms.map((form) => ({ ...form, value: form.value ?? [] }))
  return mergeNamed(present, (own) => {
    const { name, type } = newest(own).value
    return { name, type, ...formerTypes(own) }
  })
}

const map = <T, U>(forms: readonly Form<T>[], change: (form: Form<T>) => U): Form<U>[] =>
  forms.map((form) => ({ ...form, value: change(form) }))

function ofKind<K extends TypeModel['kind']>(
  forms: readonly Form<TypeModel>[],
  kind: K,
): forms is readonly Form<TypeModel & { kind: K }>[] {
  return forms.every(({ value }) => value.kind === kind)
}

function mergeType(forms: readonly Form<TypeModel>[], name: string): TypeModel {
  if (ofKind(forms, 'enum')) return mergeEnum(forms)
  if (ofKind(forms, 'object')) return mergeObject(forms, name)
  if (ofKind(forms, 'alternate')) return mergeAlternate(forms)
  throw new Error(`${name} changed its kind`)
}

function mergeEnum(forms: readonly Form<EnumModel>[]): EnumModel {
  const values = mergeNamed(
    map(forms, ({ value }) => value.values),
    (own) => ({ name: newest(own).value.name }),
  )
  return { kind: 'enum', module: newest(forms).value.module, values }
}

function mergeAlternate(forms: readonly Form<AlternateModel>[]): AlternateModel {
  const branches = mergeBranches(map(forms, ({ value }) => value.branches))
  return { kind: 'alternate', module: newest(forms).value.module, branches }
}

/**
 * Where the versions do not share their base, the members are told in full. A struct that became a union is one
 * without branches.
 */
function mergeObject(forms: readonly Form<ObjectModel>[], name: string): ObjectModel {
  const { module, base, tag } = newest(forms).value
  if (forms.some(({ value }) => value.tag !== tag && value.tag !== undefined)) {
    throw new Error(`${name} changed its discriminator`)
  }
  const sameBase = forms.every(({ value }) => value.base === base)
  const members = mergeMembers(
    map(forms, ({ model, value }) => (sameBase ? value.members : allMembers(model, value))),
  )
  return {
    kind: 'object',
    module,
    ...(sameBase && base !== undefined ? { base } : {}),
    members,
    ...(tag === undefined ? {} : { tag, branches: mergeBranches(map(forms, ({ value }) => value.branches)) }),
  }
}

/** A type's name where all versions have the same, else the members. */
function mergePayload(
  forms: readonly Form<string | readonly Member[] | undefined>[],
): string | Member[] | undefined {
  const { value } = newest(forms)
  if (typeof value !== 'object' && forms.every((form) => form.value === value)) return value
  return mergeMembers(
    map(forms, ({ model, value: one }) => {
      if (typeof one !== 'string') return one ?? []
      const type = objectType(model, one)
      if (type.tag !== undefined) throw new Error(`${one} came to stand for plain members, or went`)
      return allMembers(model, type)
    }),
  )
}

function mergeCommand(forms: readonly Form<CommandModel>[], name: string): CommandModel {
  const { module, oob, silent, open } = newest(forms).value
  if (forms.some(({ value }) => value.oob !== oob || value.silent !== silent || value.open !== open)) {
    throw new Error(`${name} changed`)
  }
  const args = mergePayload(map(forms, ({ value }) => value.arguments))
  const returns = [...new Set(forms.flatMap(({ value }) => value.returns ?? []))]
  if (returns.length > 0 && forms.some(({ value }) => value.returns === undefined)) {
    throw new Error(`${name} did not always have an answer`)
  }
  return {
    module,
    ...(args === undefined ? {} : { arguments: args }),
    ...(returns.length === 0 ? {} : { returns }),
    ...(oob === undefined ? {} : { oob }),
    ...(silent === undefined ? {} : { silent }),
    ...(open === undefined ? {} : { open }),
  }
}

function mergeEvent(forms: readonly Form<EventModel>[]): EventModel {
  const data = mergePayload(map(forms, ({ value }) => value.data))
  return { module: newest(forms).value.module, ...(data === undefined ? {} : { data }) }
}
