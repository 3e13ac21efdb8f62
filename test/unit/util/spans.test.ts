import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node'
import { afterEach, describe, expect, test } from 'vitest'
import { formatTrace } from '../../../src/cli/trace.ts'
import { QmpClient } from '../../../src/qmp/index.ts'
import { createFakeQmpServer, linkedPair } from '../../../src/testing/index.ts'
import { inSpan, isTraced, recordSpans, type Span } from '../../../src/util/spans.ts'

const named = (spans: readonly Span[]): unknown[] =>
  spans.map(({ name, spans: inner }) => (inner.length === 0 ? name : [name, named(inner)]))

async function record(work: () => Promise<unknown>): Promise<readonly Span[]> {
  let spans: readonly Span[] = []
  await recordSpans(work, (found) => {
    spans = found
  }).catch(() => {})
  return spans
}

const nothing = async () => {}
const twice = () =>
  inSpan('outer', { vm: 'v1' }, async () => {
    await Promise.all([inSpan('left', {}, () => inSpan('inner', {}, nothing)), inSpan('right', {}, nothing)])
  })

describe('a recording', () => {
  test('has each step inside the one around it, also of steps that overlap', async () => {
    const spans = await record(twice)
    expect(named(spans)).toEqual([['outer', expect.arrayContaining([['left', ['inner']], 'right'])]])
    expect(isTraced()).toBe(false)
  })

  test('is one of its own for each of two that go on at a time', async () => {
    const both = await Promise.all([record(twice), record(() => inSpan('other', {}, nothing))])
    expect(both.map((spans) => spans.map(({ name }) => name))).toEqual([['outer'], ['other']])
  })

  test('has what failed, too', async () => {
    const spans = await record(() => inSpan('outer', {}, () => Promise.reject(new Error('no'))))
    expect(spans).toMatchObject([{ name: 'outer', failed: true }])
  })

  test('has the commands of a QMP connection', async () => {
    const [near, far] = linkedPair()
    await using _server = await createFakeQmpServer({
      stream: far,
      commands: { 'query-status': { status: 'running', running: true } },
    })
    await using qmp = await QmpClient.connect(near)
    const spans = await record(() =>
      inSpan('look', {}, async () => {
        await qmp.execute('query-status')
        await qmp.execute('stop').catch(() => {})
      }),
    )
    expect(named(spans)).toEqual([['look', ['qmp query-status', 'qmp stop']]])
    expect(spans[0]?.spans.map(({ failed }) => failed)).toEqual([false, true])
  })
})

test('a breakdown is a tree with times, the rest of each step, and what failed', () => {
  const span = (name: string, startMs: number, durationMs: number, rest: Partial<Span> = {}): Span => ({
    name,
    startMs,
    durationMs,
    attributes: {},
    failed: false,
    spans: [],
    ...rest,
  })
  const spans = [
    span('attach', 0, 10, {
      attributes: { vm: 'v1', volume: 'a' },
      spans: [span('qmp device_add', 6, 3, { failed: true }), span('ask server', 1, 2), span('record', 2, 2)],
    }),
  ]
  expect(formatTrace(spans)).toBe(
    [
      'attach v1 a                10.0 ms',
      '  ask server                2.0 ms',
      '  record                    2.0 ms',
      '  qmp device_add (failed)   3.0 ms',
      '  rest                      4.0 ms',
    ].join('\n'),
  )
  expect(formatTrace([])).toBe('')
})

describe('with the SDK of OpenTelemetry', () => {
  const exporter = new InMemorySpanExporter()

  afterEach(() => {
    exporter.reset()
    trace.disable()
    context.disable()
  })

  const start = (ratio: number) =>
    new NodeTracerProvider({
      sampler: new TraceIdRatioBasedSampler(ratio),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    }).register()

  test('each step is a span inside the one around it, and inside that of the program', async () => {
    start(1)
    await trace.getTracer('program').startActiveSpan('request', async (request) => {
      await twice()
      request.end()
    })
    const spans = exporter.getFinishedSpans()
    const parentOf = (name: string) => {
      const parent = spans.find((span) => span.name === name)?.parentSpanContext?.spanId
      return spans.find((span) => span.spanContext().spanId === parent)?.name
    }
    expect(['inner', 'left', 'right', 'outer'].map(parentOf)).toEqual(['left', 'outer', 'outer', 'request'])
    const outer = spans.find(({ name }) => name === 'outer')
    expect(outer?.attributes).toEqual({ vm: 'v1' })
    expect(outer?.instrumentationScope.name).toBe('qemu-launch')
  })

  test('what fails has its error', async () => {
    start(1)
    await expect(inSpan('outer', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(exporter.getFinishedSpans()).toMatchObject([
      {
        name: 'outer',
        status: { code: SpanStatusCode.ERROR, message: 'no' },
        events: [{ name: 'exception' }],
      },
    ])
  })

  test('its sampler decides, and a recording is whole all the same', async () => {
    start(0)
    expect(named(await record(twice))).toHaveLength(1)
    expect(exporter.getFinishedSpans()).toEqual([])
  })
})
