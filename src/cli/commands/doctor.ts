import { adviseSysctls, examineHost } from '../../vm/index.ts'
import type { Context } from '../context.ts'
import { renderReport } from '../host-report.ts'
import type { Options } from '../options.ts'
import { type ExitCode, exitCodes } from '../outcome.ts'

export async function doctor(context: Context, options: Options): Promise<ExitCode> {
  const { vms = 1, stateDir } = options
  if (options.printSysctl) {
    const { settings, file } = await adviseSysctls(vms)
    context.result(settings, file)
    return exitCodes.done
  }
  const signal = context.interrupted()
  const report = await context.during('trying this host', () => examineHost({ vms, stateDir, signal }))
  const colour = context.streams.stdout.isTTY === true && !process.env.NO_COLOR
  if (context.json) context.result(report, '')
  // The report has colours of its own, which a result would lose.
  else context.print(renderReport(report, { colour }))
  return report.ready ? exitCodes.done : exitCodes.failed
}
