import {
  clearLeftovers,
  formatExit,
  formatShell,
  launchVm,
  ProcessError,
  planDryRun,
  type Vm,
  type VmConfigInput,
  wasWanted,
} from '../../vm/index.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { traced, withTrace } from '../trace.ts'

export async function run(context: Context, options: Options, path = '-'): Promise<undefined> {
  const config = await context.readConfig(path)
  if (options.dryRun) return dryRun(context, config)
  const signals = new TerminalSignals()
  try {
    const vm = await launch(context, config, signals, options)
    if (options.detach) await vm.detach()
    else await stayWith(vm, context, signals)
  } finally {
    signals.release()
  }
}

async function launch(
  context: Context,
  config: VmConfigInput,
  signals: TerminalSignals,
  options: Options,
): Promise<Vm> {
  const abort = new AbortController()
  signals.react = (signal) => abort.abort(new Error(`interrupted by ${signal}`))
  const warnings: string[] = []
  const onWarning = (text: string) => {
    warnings.push(text)
    context.note(`qemu-launch: warning: ${text}`)
  }
  const { result: vm, trace } = await context.during('starting the VM', () =>
    traced(options, () => launchVm(config, { stateDir: context.stateDir, signal: abort.signal, onWarning })),
  )
  const { id, pid, paths } = vm
  const document = {
    id,
    pid,
    state: vm.state,
    dir: paths.dir,
    monitor: paths.monitor,
    console: paths.console,
    consoleLog: paths.consoleLog,
  }
  const hint = options.detach ? '' : '; Ctrl-C asks the guest to power down, a second one kills it'
  context.result({ ...document, warnings, trace }, withTrace(`${id} runs (pid ${pid})${hint}`, trace))
  return vm
}

/**
 * Until the VM ends. The first signal asks the guest, the second kills.
 * @throws ProcessError PROCESS_EXITED when it neither ended in order nor was told to.
 */
async function stayWith(vm: Vm, context: Context, signals: TerminalSignals): Promise<undefined> {
  let asked = false
  let killed = false
  signals.react = () => {
    if (asked) {
      killed = true
      void vm.kill()
      return
    }
    asked = true
    context.note(`asking ${vm.id} to power down; once more kills it`)
    // Without a limit: the person who watches decides.
    vm.shutdown({ force: false, timeoutMs: Number.POSITIVE_INFINITY }).catch(() => {})
  }
  // Nothing else keeps this process alive once QEMU is all that runs.
  const alive = setInterval(() => {}, 2 ** 30)
  const exit = await vm.exited.finally(() => clearInterval(alive))
  if (wasWanted(exit)) {
    context.note(`${vm.id} ended: ${formatExit(exit)}`)
    return
  }
  if (killed) await clearLeftovers(vm.paths, vm.id)
  const log = exit.log === '' ? '' : `\n${exit.log}`
  throw new ProcessError('PROCESS_EXITED', `${vm.id} ended: ${formatExit(exit)}${log}`, {
    details: { vm: vm.id, exit },
  })
}

/** Handles the signals of a terminal while a VM is in the foreground. */
class TerminalSignals {
  react: (signal: NodeJS.Signals) => void = () => {}
  readonly #listener = (signal: NodeJS.Signals) => this.react(signal)
  readonly #names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

  constructor() {
    for (const name of this.#names) process.on(name, this.#listener)
  }

  release(): void {
    for (const name of this.#names) process.off(name, this.#listener)
  }
}

async function dryRun(context: Context, config: VmConfigInput): Promise<undefined> {
  const { argv } = await planDryRun(config, { stateDir: context.stateDir })
  context.result(argv, formatShell(argv))
}
