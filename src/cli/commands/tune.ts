import {
  type Advice,
  parseConfigDocument,
  type TuneOutcome,
  tuneVm,
  type Vm,
  VmConfigError,
  VmError,
} from '../../vm/index.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { UsageError } from '../outcome.ts'

const guestTimeoutMs = 180_000

export async function tune(context: Context, { budgetMs, exec }: Options, path = '-'): Promise<undefined> {
  if (exec === undefined)
    throw new UsageError('tune needs --exec: a command that measures in the guest, and prints a number last')
  const config = parseConfigDocument(await context.readConfig(path))
  if (config.guestAgent === undefined || config.guestAgent === false) {
    const message = 'is required: should be true, since the agent of the guest runs what measures'
    throw new VmConfigError([{ path: 'guestAgent', message }])
  }
  const signal = context.interrupted()
  const outcome = await context.during(
    'tune',
    (watch) =>
      tuneVm(config, {
        stateDir: context.stateDir,
        budgetMs,
        signal,
        measure: (vm) => measure(vm, exec, signal),
        onMeasured: (name, number, { done, planned }) => {
          context.progress(`${name}: ${number}`)
          watch.steps(done, planned, 'measurements')
        },
      }),
    budgetMs,
  )
  context.result(outcome, formatOutcome(outcome))
}

/** Runs the command when the guest is up, and powers the guest down. @throws VmError VM_CONFIG when it says no number. */
async function measure(vm: Vm, command: string, signal: AbortSignal): Promise<number> {
  const limits = { signal, timeoutMs: guestTimeoutMs }
  await vm.guest.waitFor(limits).catch((cause: unknown) => {
    if (!(cause instanceof VmError) || cause.code !== 'VM_TIMEOUT') throw cause
    const what = `the guest of ${vm.id} did not start its agent in ${guestTimeoutMs / 1000} s: have it start qemu-guest-agent when it boots`
    throw new VmError('VM_TIMEOUT', what, { cause, details: { vm: vm.id } })
  })
  const { exitCode, stderr, stdout } = await vm.guest.exec(['/bin/sh', '-c', command], limits)
  const number = numberIn(stdout)
  if (exitCode !== 0 || number === undefined) {
    const said = `${stdout}${stderr}`.trim()
    const what = `the command of --exec printed no number at its end in the guest of ${vm.id} (exit code ${exitCode})${said === '' ? '' : `: ${said}`}`
    throw new VmError('VM_CONFIG', what, { details: { vm: vm.id, exitCode } })
  }
  await vm.shutdown({ signal })
  return number
}

/** The last number of an output, which it ends with; undefined for an output that ends otherwise. Pure. */
export function numberIn(output: string): number | undefined {
  const [said] = /\d+(?:\.\d+)?(?:e[+-]?\d+)?(?=\s*$)/i.exec(output) ?? []
  return said === undefined ? undefined : Number(said)
}

/** What to change, as lines of a diff; or that nothing is better. */
function formatOutcome({ advice, incomplete, measurements }: TuneOutcome): string {
  const count = `${measurements} ${measurements === 1 ? 'measurement' : 'measurements'}`
  const rest = incomplete
    ? ': the time was over before all had been tried; give it more with --budget-ms'
    : ''
  if (advice.length > 0) return [...advice.flatMap(diff), `${count}${rest}`].join('\n')
  return incomplete
    ? `no advice after ${count}${rest}`
    : `nothing beats the config beyond the noise (${count})`
}

function diff({ after, before, path, ratio }: Advice): string[] {
  const was = before === undefined ? [] : [`- ${path}: ${String(before)}`]
  return [...was, `+ ${path}: ${String(after)}   ${ratio.toFixed(2)} times as much`]
}
