/** What nbdkit wrote down of a volume: a log for each epoch, with the time and the connection of each request. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Epoch {
  readonly epoch: number
  readonly began: string
  readonly writes: readonly { readonly at: string; readonly connection: number }[]
}

/** The epochs that saw a write, in their order. */
export function epochsOf(folder: string, volume: string): Epoch[] {
  const name = new RegExp(`^${volume}\\.(\\d+)\\.log$`)
  return readdirSync(folder)
    .flatMap((file) => epochIn(folder, volume, Number(name.exec(file)?.[1])) ?? [])
    .sort((a, b) => a.epoch - b.epoch)
}

/** An epoch; undefined until it sees a write. Both the beginning and the end of a write are lines of the log. */
export function epochIn(folder: string, volume: string, epoch: number): Epoch | undefined {
  const file = join(folder, `${volume}.${epoch}.log`)
  if (!existsSync(file)) return undefined
  const lines = readFileSync(file, 'utf8').split('\n')
  const timeOf = (line: string) => line.slice(0, '2026-01-01 00:00:00.000000'.length)
  const writes = lines.flatMap((line) => {
    const connection = /connection=(\d+) (?:\.\.\.)?Write id=/.exec(line)?.[1]
    return connection === undefined ? [] : [{ at: timeOf(line), connection: Number(connection) }]
  })
  return writes.length === 0 ? undefined : { epoch, began: timeOf(lines[0] ?? ''), writes }
}

/** What shows a second writer: an epoch that began before a write of the one before, or an older connection that writes again. */
export function secondWriters(epochs: readonly Epoch[]): string[] {
  return epochs.flatMap(({ epoch, began, writes }, index) => {
    const before = epochs[index - 1]
    const last = before?.writes.at(-1)?.at ?? ''
    const newest = writes.reduce((most, { connection }) => Math.max(most, connection), 0)
    const firstOfNewest = writes.findIndex(({ connection }) => connection === newest)
    const older = writes.slice(firstOfNewest).filter(({ connection }) => connection < newest)
    return [
      ...(last < began
        ? []
        : [`epoch ${epoch} began at ${began}, and epoch ${before?.epoch} wrote at ${last}`]),
      ...older.map(
        ({ at, connection }) => `epoch ${epoch}: connection ${connection} wrote at ${at}, after ${newest}`,
      ),
    ]
  })
}
