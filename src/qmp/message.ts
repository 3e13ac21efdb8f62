import type { QmpEvent } from './event-types.ts'
import type { JsonObject } from './json.ts'

/** QEMU's first words on a connection (docs/interop/qmp-spec.rst, Server Greeting). */
export interface Greeting {
  readonly version: {
    readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number }
    readonly package: string
  }
  /** What the server offers; `oob` is the only one so far. */
  readonly capabilities: readonly string[]
}

/** Anything the server may send. Members are checked where they are used. */
export interface WireMessage {
  readonly QMP?: unknown
  readonly event?: unknown
  readonly data?: unknown
  readonly timestamp?: unknown
  readonly return?: unknown
  readonly error?: unknown
  readonly id?: unknown
}

export interface WireError {
  readonly class: string
  readonly desc: string
}

/** The members read here. None is sure to be there. */
type Members = Readonly<
  Partial<
    Record<
      | 'version'
      | 'qemu'
      | 'package'
      | 'major'
      | 'minor'
      | 'micro'
      | 'capabilities'
      | 'class'
      | 'desc'
      | 'seconds'
      | 'microseconds',
      unknown
    >
  >
>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const NOTHING: Members = {}

/** `undefined` when it is none of QMP's four shapes: greeting, event, return, error. */
export function readMessage(value: unknown): WireMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const message: WireMessage = value
  return message.return !== undefined ||
    typeof message.event === 'string' ||
    isObject(message.error) ||
    isObject(message.QMP)
    ? message
    : undefined
}

export function readGreeting(message: WireMessage): Greeting | undefined {
  if (!isObject(message.QMP)) return undefined
  const { version, capabilities } = message.QMP
  const { qemu, package: text } = isObject(version) ? version : NOTHING
  const { major, minor, micro } = isObject(qemu) ? qemu : NOTHING
  return {
    version: {
      qemu: { major: readNumber(major, 0), minor: readNumber(minor, 0), micro: readNumber(micro, 0) },
      package: readText(text, ''),
    },
    // Spread anew, since filter leaves room for more.
    capabilities: Array.isArray(capabilities) ? [...capabilities.filter(isText)] : [],
  }
}

export function readError(error: unknown): WireError {
  const { class: name, desc } = isObject(error) ? error : NOTHING
  return { class: readText(name, 'GenericError'), desc: readText(desc, 'no description') }
}

/** Event and data as listeners get them: `data` is `{}` when absent, a missing clock is -1. */
export function readEvent(name: string, message: WireMessage): QmpEvent {
  const { seconds, microseconds } = isObject(message.timestamp) ? message.timestamp : NOTHING
  return {
    event: name,
    data: isObject(message.data) ? (message.data as JsonObject) : {},
    timestamp: { seconds: readNumber(seconds, -1), microseconds: readNumber(microseconds, -1) },
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'

const readNumber = (value: unknown, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise

const readText = (value: unknown, otherwise: string): string => (isText(value) ? value : otherwise)
