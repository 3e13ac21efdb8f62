import type { JsonObject, JsonValue } from '../qmp/index.ts'

/** What the server was told, in the order it was read. */
export interface ReceivedCommand {
  readonly execute: string
  readonly arguments: JsonObject
  readonly id: JsonValue | undefined
  /** Sent as `exec-oob`. */
  readonly oob: boolean
}

/** Return it from a handler, and the command is never answered. */
export const NO_REPLY: unique symbol = Symbol('no reply')

/** Throw it in a handler to refuse the command as QEMU would. */
export class FakeQmpError extends Error {
  readonly qmpClass: string

  constructor(desc: string, qmpClass = 'GenericError') {
    super(desc)
    this.qmpClass = qmpClass
  }
}

/** What a handler answers; `undefined` stands for `{}`. */
export type FakeReply = JsonValue | typeof NO_REPLY | undefined
