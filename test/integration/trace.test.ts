import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { context, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { expect, onTestFinished, test } from 'vitest'
import { cli, cliJson, jsonFile } from '../support/cli.ts'
import { bareConfig, freshName, startDisk, startVm, testDirectory } from '../support/vm.ts'

test('a launch, an attach and a detach are spans, with the commands and the wait for the guest inside', async () => {
  const exporter = new InMemorySpanExporter()
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
  onTestFinished(() => {
    trace.disable()
    context.disable()
  })
  const server = await startDisk()
  await using vm = await startVm(bareConfig(), { paused: true })
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
  const spans = exporter.getFinishedSpans()
  const pathOf = (id: string | undefined): string[] => {
    const span = spans.find((each) => each.spanContext().spanId === id)
    return span === undefined ? [] : [...pathOf(span.parentSpanContext?.spanId), span.name]
  }
  const paths = spans.map((span) => pathOf(span.spanContext().spanId).join(' > '))
  expect(paths).toEqual(
    expect.arrayContaining([
      'launch > ask host',
      'launch > start QEMU',
      'launch > wait for QEMU > qmp query-status',
      'attach > ask server',
      'attach > qmp blockdev-add',
      'attach > qmp device_add',
      'detach > wait for guest > qmp device_del',
      'detach > qmp blockdev-del',
    ]),
  )
  expect(spans.find(({ name }) => name === 'attach')?.attributes).toEqual({ vm: vm.id, volume: 'v' })
})

test('run and attach print with --trace what their time was made of', async () => {
  const name = freshName('t')
  const config = jsonFile({ ...bareConfig({ name }), hotplugPorts: 2 })
  const started = await cli(['run', config, '--detach', '--trace'])
  onTestFinished(async () => {
    await cli(['kill', name])
  })
  expect(started.out).toMatch(/^\S+ runs \(pid \d+\)\nlaunch \S+ +\d+\.\d ms\n(?: {2}.+ +\d+\.\d ms\n)+$/)
  expect(started.out).toMatch(/^ {2}start QEMU +\d/m)
  const server = await startDisk()
  const attached = await cliJson<{ trace: unknown }>('attach', name, server.uri, '--id', 'v', '--trace')
  expect(attached.trace).toMatchObject([
    { name: 'attach', attributes: { vm: name, volume: 'v' }, failed: false, spans: expect.any(Array) },
  ])
})

test('a program with a provider whose API is not where the library is works as if there were none', () => {
  const lonely = join(testDirectory(), freshName('d'), 'util')
  cpSync('dist/util', lonely, { recursive: true })
  const program = `
    globalThis[Symbol.for('opentelemetry.js.api.1')] = { version: '1.9.0' }
    const { inSpan, isTraced } = await import(${JSON.stringify(String(pathToFileURL(join(lonely, 'spans.js'))))})
    console.log(await inSpan('x', {}, async () => 'done'), isTraced())`
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(said).toBe('done false\n')
})
