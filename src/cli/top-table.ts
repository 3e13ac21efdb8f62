import type { VmLoad } from '../vm/index.ts'
import { plainLine } from './plain.ts'

type VolumeRow = VmLoad['volumes'][number]

const units = ['B', 'K', 'M', 'G', 'T', 'P'] as const

/** A number of bytes in five characters at most. Pure. */
export function shortBytes(bytes: number): string {
  let [size, unit] = [bytes, 0]
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  return `${size.toFixed(unit === 0 || size >= 9.95 ? 0 : 1)}${units[unit]}`
}

/** A rate in six characters at most. */
function shortCount(count: number): string {
  if (count < 9.95) return count.toFixed(1)
  return count < 99_999.5 ? count.toFixed(0) : `${(count / 1000).toFixed(0)}k`
}

function shortTime(seconds: number): string {
  const ms = seconds * 1000
  if (ms < 0.9995) return `${(ms * 1000).toFixed(0)}us`
  return ms < 9_999.5 ? `${ms.toFixed(ms < 9.95 ? 2 : ms < 99.5 ? 1 : 0)}ms` : `${seconds.toFixed(0)}s`
}

/** In four characters, so that a mark fits beside it. */
function shortQueue(requests: number): string {
  if (requests < 999.5) return requests.toFixed(requests < 99.95 ? 1 : 0)
  return `${(requests / 1000).toFixed(0)}k`
}

const unknown = '-'
const shown = (value: number | undefined, format: (value: number) => string) =>
  value === undefined ? unknown : format(value)

// What follows the name, with its width; each is right-aligned and has a space before it.
const columns = [
  ['STATE', 12],
  ['CPU%', 6],
  ['MEM', 5],
  ['IOPS', 6],
  ['BYTES/S', 7],
  ['LATENCY', 7],
  ['QUEUE', 5],
] as const
const restWidth = columns.reduce((sum, [, width]) => sum + width + 1, 0)
const narrowest = 12

/**
 * VMs, each with its volumes below it, as lines of `width` characters at most; it takes 67 at least. The first line has the names of the
 * columns. QUEUE is how many requests were under way on average; `!` says that one NBD connection takes none beside them. Pure.
 */
export function topTable(vms: readonly VmLoad[], width: number): string[] {
  const nameWidth = Math.max(width - restWidth, narrowest)
  const line = (name: string, cells: readonly string[]) =>
    `${inWidth(plainLine(name), nameWidth)}${cells.map((cell, index) => ` ${cell.padStart(columns[index]?.[1] ?? 0)}`).join('')}`.trimEnd()
  const header = line(
    'VM / VOLUME',
    columns.map(([name]) => name),
  )
  const rows = vms.flatMap((vm) => [
    line(vm.vm, [
      vm.state,
      shown(vm.cpuPercent, shortCount),
      shown(vm.residentBytes, shortBytes),
      ...loadCells(total(vm)),
    ]),
    ...vm.volumes.map(({ id, load }) => line(`  ${id}`, ['', '', '', ...loadCells(load)])),
  ])
  return [header, ...rows]
}

const inWidth = (text: string, width: number) =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)

type Shown = Pick<
  NonNullable<VolumeRow['load']>,
  'operationsPerSecond' | 'bytesPerSecond' | 'meanLatencySeconds' | 'meanInFlight' | 'atConnectionLimit'
>

function loadCells(load: Shown | undefined): string[] {
  if (load === undefined) return [unknown, unknown, unknown, unknown]
  return [
    shortCount(load.operationsPerSecond),
    shortBytes(load.bytesPerSecond),
    shown(load.meanLatencySeconds, shortTime),
    `${shortQueue(load.meanInFlight)}${load.atConnectionLimit ? '!' : ''}`,
  ]
}

/** All volumes of a VM together. */
function total({ volumes }: VmLoad): Shown | undefined {
  const loads = volumes.flatMap(({ load }) => load ?? [])
  if (loads.length === 0) return undefined
  const sum = (pick: (load: Shown) => number) => loads.reduce((all, load) => all + pick(load), 0)
  const operationsPerSecond = sum((load) => load.operationsPerSecond)
  const meanInFlight = sum((load) => load.meanInFlight)
  return {
    operationsPerSecond,
    bytesPerSecond: sum((load) => load.bytesPerSecond),
    meanLatencySeconds: operationsPerSecond === 0 ? undefined : meanInFlight / operationsPerSecond,
    meanInFlight,
    atConnectionLimit: loads.some((load) => load.atConnectionLimit),
  }
}
