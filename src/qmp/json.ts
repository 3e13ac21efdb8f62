/** What QMP can carry. Integers outside the safe range are `bigint`; members that are `undefined` are not sent. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject

export interface JsonObject {
  readonly [member: string]: JsonValue | undefined
}
