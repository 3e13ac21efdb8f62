/**
 * What QEMU's schema says, of one version or several merged: names, kinds and presence, no prose. A type is
 * written as in the schema: a name, or a name in brackets for an array.
 */
export interface Model {
  /** Oldest first. */
  readonly versions: readonly string[]
  readonly types: Readonly<Record<string, TypeModel>>
  readonly commands: Readonly<Record<string, CommandModel>>
  readonly events: Readonly<Record<string, EventModel>>
}

/** What can be said of everything that has a name. */
export interface Facts {
  /** The release that brought it, as QEMU documents it. */
  readonly since?: string
  /** The first of the model's versions that has it, unless that is the first one its parent is in. */
  readonly from?: string
  /** The last of the model's versions that has it, unless that is the last one its parent is in. */
  readonly until?: string
  /** The first of the model's versions that deprecates it. */
  readonly deprecated?: string
  /** `deprecated`, `unstable`, and the ones that announce a behaviour. As in the newest version that has it. */
  readonly features?: readonly string[]
  /** Builds that have it, in QEMU's configuration symbols. */
  readonly if?: string
}

export interface Member extends Facts {
  readonly name: string
  readonly type: string
  /** Types that older versions had in place of `type`. */
  readonly was?: readonly string[]
  /** `some`: only some of the versions require it. */
  readonly optional?: true | 'some'
  /** With `some`: those versions. */
  readonly requiredBy?: readonly string[]
}

export interface EnumValue extends Facts {
  readonly name: string
}

/** A case of a union, or one of an alternate's types. */
export interface Branch extends Facts {
  readonly name: string
  readonly type: string
  /** Types that older versions had in place of `type`. */
  readonly was?: readonly string[]
}

/** The QAPI file it is defined in, without directory and ending. */
interface Definition extends Facts {
  readonly module: string
}

export interface EnumModel extends Definition {
  readonly kind: 'enum'
  readonly values: readonly EnumValue[]
}

/** A struct, or with `tag` a union. */
export interface ObjectModel extends Definition {
  readonly kind: 'object'
  readonly base?: string
  readonly members: readonly Member[]
  readonly tag?: string
  readonly branches?: readonly Branch[]
}

export interface AlternateModel extends Definition {
  readonly kind: 'alternate'
  readonly branches: readonly Branch[]
}

export type TypeModel = EnumModel | ObjectModel | AlternateModel

export interface CommandModel extends Definition {
  /** The name of an object type, or members. */
  readonly arguments?: string | readonly Member[]
  /** More than one where versions differ; missing where the answer is empty. */
  readonly returns?: readonly string[]
  readonly oob?: true
  /** Not answered when it succeeds; only the guest agent has such. */
  readonly silent?: true
  /** Takes members that the schema does not know. */
  readonly open?: true
}

export interface EventModel extends Definition {
  readonly data?: string | readonly Member[]
}

/** The element's type of an array type, or the type itself. */
export const elementType = (type: string): string => (type.startsWith('[') ? type.slice(1, -1) : type)

/** All members of an object, those of its bases first. */
export function allMembers(model: Pick<Model, 'types'>, object: ObjectModel): readonly Member[] {
  if (object.base === undefined) return object.members
  return [...allMembers(model, objectType(model, object.base)), ...object.members]
}

/** The object type of that name. Throws when there is none. */
export function objectType(model: Pick<Model, 'types'>, name: string): ObjectModel {
  const type = model.types[name]
  if (type?.kind !== 'object') throw new Error(`the model has no object type ${name}`)
  return type
}
