import { type Advice, type TuneOutcome, tuneVm, type Vm, VmError } from '../../vm/index.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { UsageError } from '../outcome.ts'

const guestTimeoutMs = 180_000

export async function tune(context: Context, { budgetMs, exec }: Options, path = '-'): Promise<undefined> {
  if (exec === undefined)
    throw new UsageError('tune needs --exec: a command that measures in the guest, and prints a number last')
  const config = await context.readConfig(path)
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
  await vm.guest.waitFor(limits)
  const { exitCode, stderr, stdout } = await vm.guest.exec(['/bin/sh', '-c', command], limits)
  const number = Number(/(\d+(?:\.\d+)?)\s*$/.exec(stdout)?.[1])
  if (exitCode !== 0 || Number.isNaN(number)) {
    const what = `the command of --exec printed no number at its end in the guest of ${vm.id} (exit code ${exitCode}): ${stderr.trim()}`
    throw new VmError('VM_CONFIG', what, { details: { vm: vm.id, exitCode } })
  }
  await vm.shutdown({ signal })
  return number
}

/** What to change, as lines of a diff; or that nothing is better. */
function formatOutcome({ advice, incomplete, measurements }: TuneOutcome): string {
  const rest = incomplete ? '; the time was over before all had been tried' : ''
  if (advice.length === 0)
    return `nothing beats the config beyond the noise (${measurements} measurements)${rest}`
  return [...advice.flatMap(diff), `${measurements} measurements${rest}`].join('\n')
}

function diff({ after, before, path, ratio }: Advice): string[] {
  const was = before === undefined ? [] : [`- ${path}: ${String(before)}`]
  return [...was, `+ ${path}: ${String(after)}   ${ratio.toFixed(2)} times as much`]
}
