import type { Backup } from '../../vm/index.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { UsageError } from '../outcome.ts'

export async function backup(
  context: Context,
  options: Options,
  id = '',
  volume?: string,
  target?: string,
): Promise<undefined> {
  const signal = context.interrupted()
  const vm = await context.vm(id, signal)
  try {
    if (volume === undefined) {
      const backups = await vm.backups.list()
      context.result(backups, backups.map(line).join('\n'))
      return
    }
    if (target === undefined) throw new UsageError('backup needs the name of the new file, or an NBD address')
    const { kind, speed: bytesPerSecond } = options
    const made = await context.during(`backup of ${volume}`, (watch) => {
      const onProgress = (done: number, totalBytes: number) => watch.bytes(done * totalBytes, totalBytes)
      return vm.backups.create(volume, { target, kind, bytesPerSecond, signal, onProgress })
    })
    context.result({ vm: id, ...made }, `${line(made)}, ${made.bytes} bytes copied`)
  } finally {
    await vm.detach()
  }
}

const line = ({ createdAt, kind, state, target, volume }: Backup) =>
  `${volume}: ${kind} backup to ${target} of ${createdAt}${state === 'running' ? ', under way' : ''}`
