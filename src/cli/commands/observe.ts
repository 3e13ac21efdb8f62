import { stringifyJson } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import { VmError } from '../../vm/forms.ts'
import { alertRules, explainVm, formatSamples, type Samples, sampleVms, vmLoad } from '../../vm/index.ts'
import type { Context } from '../context.ts'
import { serveMetrics } from '../metrics-server.ts'
import type { Options } from '../options.ts'
import { plainJson } from '../plain.ts'
import { topTable } from '../top-table.ts'

export async function metrics(context: Context, options: Options, vm?: string): Promise<undefined> {
  if (options.rules === true) {
    await context.write(alertRules())
    return
  }
  const signal = context.interrupted()
  const { stateDir } = context
  if (vm !== undefined) await requireRunning(context, vm)
  if (options.listen !== undefined) {
    const sample = async () => formatSamples(await sampleVms({ stateDir, vm }))
    await serveMetrics(options.listen, sample, {
      signal,
      onListening: (url) => context.result({ url }, `${url} serves metrics; Ctrl-C ends`),
    })
    return
  }
  const samples = await sampleVms({ stateDir, vm, signal })
  const volumes = samples.vms.flatMap(({ vm, volumes }) =>
    volumes.flatMap(({ counters, id, sizeBytes }) =>
      counters === undefined || sizeBytes === undefined ? [] : [{ vm, volume: id, sizeBytes, counters }],
    ),
  )
  context.result(volumes, formatSamples(samples).trimEnd())
}

const topWidth = 80
const clear = '\x1b[H\x1b[J'
const bold = (text: string) => `\x1b[1m${text}\x1b[22m`

/** A table each interval, in place on a terminal, until it is interrupted or has shown so many. */
export async function top(context: Context, options: Options, vm?: string): Promise<undefined> {
  const { count = Number.POSITIVE_INFINITY, intervalMs = 0, label: labels } = options
  const { stateDir, streams } = context
  const { columns = topWidth, isTTY, rows } = streams.stdout
  const isScreen = isTTY === true && !context.json && process.env.TERM !== 'dumb'
  const isPlain = !isScreen || (process.env.NO_COLOR ?? '') !== ''
  const signal = AbortSignal.any([context.interrupted(), context.readerGone])
  if (vm !== undefined) await requireRunning(context, vm)
  const look = () => sampleVms({ stateDir, vm, labels, signal })
  try {
    let before = await look()
    for (let shown = 0; shown < count; shown++) {
      await sleep(intervalMs, { signal })
      const after = await look()
      const loads = loadsBetween(before, after)
      before = after
      if (context.json) {
        context.print(plainJson(stringifyJson(loads)))
        continue
      }
      const [head = '', ...lines] = topTable(loads, isScreen ? columns : topWidth)
      const fitting = isScreen && rows !== undefined ? lines.slice(0, Math.max(rows - 2, 1)) : lines
      const table = [isPlain ? head : bold(head), ...fitting].join('\n')
      await context.write(isScreen ? `${clear}${table}\n` : `${shown === 0 ? '' : '\n'}${table}\n`)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

export async function explain(
  context: Context,
  { intervalMs }: Options,
  vm = '',
  volume?: string,
): Promise<undefined> {
  const signal = context.interrupted()
  const found = await context.during(
    `looking at ${vm}`,
    () => explainVm(vm, { stateDir: context.stateDir, volume, intervalMs, signal }),
    intervalMs,
  )
  const lines = found.map(({ advice, tier, volume, why }) => `${volume}: ${tier}: ${why}\n  try: ${advice}`)
  context.result(found, lines.length === 0 ? `${vm} has no disk that QEMU counts` : lines.join('\n'))
}

async function requireRunning(context: Context, vm: string): Promise<void> {
  if ((await context.present(vm)).alive) return
  throw new VmError('VM_NOT_RUNNING', `VM ${vm} does not run`, { details: { vm } })
}

const loadsBetween = (before: Samples, after: Samples) =>
  after.vms.map((each) =>
    vmLoad(
      before.vms.find(({ vm }) => vm === each.vm),
      each,
    ),
  )
