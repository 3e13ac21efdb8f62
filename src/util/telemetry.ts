/**
 * The door of OpenTelemetry. Its API is an optional peer, which is loaded when a program has set something up by it. A program that
 * has not pays for one look at a global per span.
 */
import { createRequire } from 'node:module'
import type { Attributes } from '@opentelemetry/api'

// Where every copy of the API keeps what is set up, of whatever 1.x,
// https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts.
const setUp = Symbol.for('opentelemetry.js.api.1')

type Api = typeof import('@opentelemetry/api')

let loaded: Api | undefined
let isMissing = false

/** Whether a program has set OpenTelemetry up, and its API is to be had. */
export function isTelemetryOn(): boolean {
  return setUp in globalThis && load() !== undefined
}

/** Does the work in a span, which is the active one meanwhile and fails with it. Only the work where it is not on. */
export async function withTelemetry<T>(
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  const api = load()
  if (api === undefined) return work()
  // The provider may have been replaced since.
  const tracer = api.trace.getTracer('qemu-launch')
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      span.recordException(error instanceof Error ? error : message)
      span.setStatus({ code: api.SpanStatusCode.ERROR, message })
      throw error
    } finally {
      span.end()
    }
  })
}

function load(): Api | undefined {
  if (loaded !== undefined || isMissing) return loaded
  try {
    loaded = createRequire(import.meta.url)('@opentelemetry/api')
  } catch {
    isMissing = true
  }
  return loaded
}
