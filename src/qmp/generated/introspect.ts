// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-introspect.SchemaMetaType)
 * @since 2.5
 */
export type SchemaMetaType =
  | 'builtin'
  | 'enum'
  | 'array'
  | 'object'
  | 'alternate'
  | 'command'
  | 'event'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfo)
 * @since 2.5
 */
export type SchemaInfo = {
  readonly name: string
  /** @since 4.1 */
  readonly features?: readonly string[]
} & (
  | ({ readonly 'meta-type': 'builtin' } & SchemaInfoBuiltin)
  | ({ readonly 'meta-type': 'enum' } & SchemaInfoEnum)
  | ({ readonly 'meta-type': 'array' } & SchemaInfoArray)
  | ({ readonly 'meta-type': 'object' } & SchemaInfoObject)
  | ({ readonly 'meta-type': 'alternate' } & SchemaInfoAlternate)
  | ({ readonly 'meta-type': 'command' } & SchemaInfoCommand)
  | ({ readonly 'meta-type': 'event' } & SchemaInfoEvent)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfoBuiltin)
 * @since 2.5
 */
export type SchemaInfoBuiltin = {
  readonly 'json-type': Open<JSONType>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-introspect.JSONType)
 * @since 2.5
 */
export type JSONType =
  | 'string'
  | 'number'
  | 'int'
  | 'boolean'
  | 'null'
  | 'object'
  | 'array'
  | 'value'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfoEnum)
 * @since 2.5
 */
export type SchemaInfoEnum = {
  /** @since 6.2 */
  readonly members: readonly SchemaInfoEnumMember[]
  /** @deprecated */
  readonly values: readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfoEnumMember)
 * @since 6.2
 */
export type SchemaInfoEnumMember = {
  readonly name: string
  readonly features?: readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfoArray)
 * @since 2.5
 */
export type SchemaInfoArray = {
  readonly 'element-type': string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfoObject)
 * @since 2.5
 */
export type SchemaInfoObject = {
  readonly members: readonly SchemaInfoObjectMember[]
  readonly tag?: string
  readonly variants?: readonly SchemaInfoObjectVariant[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfoObjectMember)
 * @since 2.5
 */
export type SchemaInfoObjectMember = {
  readonly name: string
  readonly type: string
  readonly default?: unknown
  /** @since 5.0 */
  readonly features?: readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfoObjectVariant)
 * @since 2.5
 */
export type SchemaInfoObjectVariant = {
  readonly case: string
  readonly type: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfoAlternate)
 * @since 2.5
 */
export type SchemaInfoAlternate = {
  readonly members: readonly SchemaInfoAlternateMember[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfoAlternateMember)
 * @since 2.5
 */
export type SchemaInfoAlternateMember = {
  readonly type: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfoCommand)
 * @since 2.5
 */
export type SchemaInfoCommand = {
  readonly 'arg-type': string
  readonly 'ret-type': string
  /** @since 2.12 */
  readonly 'allow-oob'?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-introspect.SchemaInfoEvent)
 * @since 2.5
 */
export type SchemaInfoEvent = {
  readonly 'arg-type': string
}
