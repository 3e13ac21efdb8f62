import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { isTelemetryOn, withTelemetry } from './telemetry.ts'

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** Something that was done, and what it was made of. */
export interface Span {
  readonly name: string
  readonly attributes: SpanAttributes
  /** From the start of the recording. */
  readonly startMs: number
  readonly durationMs: number
  readonly failed: boolean
  readonly spans: readonly Span[]
}

interface Recording {
  readonly beganAt: number
  readonly spans: Span[]
}

const recordings = new AsyncLocalStorage<Recording>()

/** Whether somebody looks: who asks first makes nothing for a span that nobody sees. */
export const isTraced = (): boolean => isTelemetryOn() || recordings.getStore() !== undefined

/**
 * Does the work as a span of this name, inside the one around it: for OpenTelemetry, where a program has it set up, and for
 * `recordSpans`. Where nobody looks it is the work and nothing else.
 */
export function inSpan<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T> {
  const around = recordings.getStore()
  const seen = around === undefined ? work : () => recorded(around, { name, attributes }, work)
  return isTelemetryOn() ? withTelemetry(name, attributes, seen) : seen()
}

/** For a callback: what it does is a part of the span of now, and not of that in which what calls it was made. */
export function inThisSpan<T>(callback: (given: T) => void): (given: T) => void {
  return isTraced() ? AsyncResource.bind((given: T) => callback(given)) : callback
}

/** What was done in the course of the work, in the order of its end; `onSpans` has it also when the work fails. */
export async function recordSpans<T>(
  work: () => Promise<T>,
  onSpans: (spans: readonly Span[]) => void,
): Promise<T> {
  const recording: Recording = { beganAt: performance.now(), spans: [] }
  try {
    return await recordings.run(recording, work)
  } finally {
    onSpans(recording.spans)
  }
}

async function recorded<T>(
  { beganAt, spans }: Recording,
  { name, attributes }: Pick<Span, 'name' | 'attributes'>,
  work: () => Promise<T>,
): Promise<T> {
  const inner: Recording = { beganAt, spans: [] }
  const start = performance.now()
  let failed = true
  try {
    const result = await recordings.run(inner, work)
    failed = false
    return result
  } finally {
    const [startMs, durationMs] = [start - beganAt, performance.now() - start]
    spans.push({ name, attributes, startMs, durationMs, failed, spans: inner.spans })
  }
}
