import { recordSpans, type Span } from '../util/spans.ts'
import type { Options } from './options.ts'

/** The result of the work, and with `--trace` where its time went. */
export async function traced<T>(
  { trace }: Pick<Options, 'trace'>,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly trace?: readonly Span[] }> {
  if (trace !== true) return { result: await work() }
  let spans: readonly Span[] = []
  const result = await recordSpans(work, (recorded) => {
    spans = recorded
  })
  return { result, trace: spans }
}

/** What there is to say, and where the time went below it. */
export function withTrace(line: string, trace: readonly Span[] | undefined): string {
  return trace === undefined ? line : `${line}\n${formatTrace(trace)}`
}

/** Where the time went, a line for each step, with the steps inside it below; at the end the rest. Pure. */
export function formatTrace(spans: readonly Span[]): string {
  const lines = spans.flatMap((span) => linesOf(span, 0))
  const width = Math.max(0, ...lines.map(([text]) => text.length))
  const digits = Math.max(0, ...lines.map(([, time]) => time.length))
  return lines.map(([text, time]) => `${text.padEnd(width)}  ${time.padStart(digits)}`).join('\n')
}

type Line = readonly [string, string]

function linesOf(span: Span, depth: number): Line[] {
  const { attributes, durationMs, failed, name, spans } = span
  const words = Object.values(attributes).map(String)
  const text = `${'  '.repeat(depth)}${[name, ...words].join(' ')}${failed ? ' (failed)' : ''}`
  const inner = [...spans].sort((one, other) => one.startMs - other.startMs)
  const own = {
    name: 'rest',
    attributes: {},
    startMs: 0,
    durationMs: durationMs - covered(inner),
    failed: false,
    spans: [],
  }
  const rest = inner.length === 0 || own.durationMs < 0.1 ? [] : [own]
  return [
    [text, `${durationMs.toFixed(1)} ms`],
    ...[...inner, ...rest].flatMap((each) => linesOf(each, depth + 1)),
  ]
}

/** How long at least one of them was under way. */
function covered(spans: readonly Span[]): number {
  let [sum, until] = [0, 0]
  for (const { durationMs, startMs } of spans) {
    const end = startMs + durationMs
    sum += Math.max(0, end - Math.max(until, startMs))
    until = Math.max(until, end)
  }
  return sum
}
