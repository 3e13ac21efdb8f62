import { resolve } from 'node:path'
import type { LimitedLog } from '../../process/index.ts'
import { defaultLogLimitKiB } from '../config/parts/channels.ts'
import type { VmConfig } from '../config/schema.ts'
import type { VmPaths } from '../record/paths.ts'

/** Where QEMU writes what the guest says on its console. A path of the config counts from the directory. Pure. */
export function consoleLogOf(
  { console }: Pick<VmConfig, 'console'>,
  { consoleLog }: VmPaths,
  directory: string,
): string {
  return console?.logFile === undefined ? consoleLog : resolve(directory, console.logFile)
}

/** The logs that a guest can fill, with how much each may hold before it is set aside: half of its limit. Pure. */
export function limitedLogs(config: VmConfig, consoleLog: string, directory: string): LimitedLog[] {
  const { console, serials, virtioConsole } = config
  const lines = [{ ...console, logFile: consoleLog }, ...serials, ...(virtioConsole ? [virtioConsole] : [])]
  return lines.flatMap(({ logFile, logLimitKiB = defaultLogLimitKiB }) =>
    logFile === undefined || logLimitKiB === false
      ? []
      : [{ path: resolve(directory, logFile), maxBytes: logLimitKiB * 512 }],
  )
}
