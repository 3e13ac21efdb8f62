import {
  formatExit,
  formatShell,
  launchVm,
  planLaunch,
  renderArgv,
  resolveVm,
  type Vm,
  type VmConfig,
  vmConfigJsonSchema,
  vmPaths,
} from '../../vm/index.ts'
import { volumeJsonSchema } from '../../volumes/index.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCodes } from '../outcome.ts'
import type { Options } from '../program.ts'

export async function run(context: Context, options: Options, path = '-'): Promise<ExitCode> {
  const config = await context.readConfig(path)
  if (options.dryRun) return dryRun(context, config)
  const vm = await launchVm(config, {
    stateDir: context.stateDir,
    onWarning: (text) => context.streams.stderr.write(`qemu-launch: warning: ${text}\n`),
  })
  const { id, pid, paths } = vm
  context.result(
    { id, pid, state: vm.state, dir: paths.dir, monitor: paths.monitor, console: paths.console },
    options.detach
      ? `${id} runs (pid ${pid})`
      : `${id} runs (pid ${pid}); Ctrl-C asks the guest to power down, a second one kills it`,
  )
  if (options.detach) {
    await vm.detach()
    return exitCodes.done
  }
  return stayWith(vm, context)
}

/** Until the VM ends. The first signal asks the guest, the second kills. */
async function stayWith(vm: Vm, context: Context): Promise<ExitCode> {
  let asked = false
  const onSignal = () => {
    if (asked) void vm.kill()
    else {
      asked = true
      context.note(`asking ${vm.id} to power down; once more kills it`)
      // However long the guest takes: the person watching decides.
      vm.shutdown({ force: false, timeoutMs: 2 ** 31 - 1 }).catch(() => {})
    }
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  // Nothing else keeps this process alive once QEMU is all that runs.
  const alive = setInterval(() => {}, 2 ** 30)
  try {
    const exit = await vm.exited
    context.note(`${vm.id} ended: ${formatExit(exit)}${exit.clean || exit.log === '' ? '' : `\n${exit.log}`}`)
    return exit.clean ? exitCodes.done : exitCodes.failed
  } finally {
    clearInterval(alive)
    for (const signal of signals) process.off(signal, onSignal)
  }
}

function dryRun(context: Context, config: VmConfig): ExitCode {
  const argv = renderArgv(planLaunch(resolveVm(config), vmPaths(context.stateDir, config.name)))
  context.result(argv, formatShell(argv))
  return exitCodes.done
}

export async function render(context: Context, { format }: Options, path = '-'): Promise<undefined> {
  const argv = renderArgv(await context.readConfig(path))
  if (context.json || format === 'json') context.print(JSON.stringify(argv))
  else context.print(format === 'lines' ? argv.join('\n') : formatShell(argv))
}

export async function schema(context: Context, _options: Options, what?: string): Promise<undefined> {
  context.print(JSON.stringify(what === 'volume' ? volumeJsonSchema() : vmConfigJsonSchema(), undefined, 2))
}
