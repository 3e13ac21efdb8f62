import { callAfter } from '../util/timer.ts'
import { plainLine } from './plain.ts'

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size for people, with three digits, such as 1.50 GiB. Pure. */
export function formatBytes(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2
  return `${size.toFixed(digits)} ${units[unit]}`
}

/** A time for people: 59 s, 1:01 min, 1:01 h. Pure. */
export function formatSeconds(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}:${two(seconds % 60)} min`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)} h`
}

/** How much is done. */
export interface Amount {
  readonly done: number
  /** Not known when absent. */
  readonly total?: number | undefined
  /** What is counted; bytes unless given. */
  readonly unit?: string | undefined
}

/** What is done, the rate of bytes, and the time left where the whole is known. Pure. */
export function formatAmount({ done, total, unit }: Amount, elapsedMs: number): string {
  const perMs = elapsedMs > 0 ? done / elapsedMs : 0
  const left =
    total !== undefined && perMs > 0 && done < total ? `, ${formatSeconds((total - done) / perMs)} left` : ''
  if (unit !== undefined) return `${done}${total === undefined ? '' : ` of ${total}`} ${unit}${left}`
  const speed = `${formatBytes(perMs * 1000)}/s`
  return `${formatBytes(done)}${total === undefined ? '' : ` of ${formatBytes(total)}`}, ${speed}${left}`
}

export interface Activity {
  readonly what: string
  readonly elapsedMs: number
  /** When the work gives up. */
  readonly limitMs?: number | undefined
  readonly amount?: Amount | undefined
}

const barWidths = { least: 5, most: 20 }
const leastName = 20

/** An activity as one line of at most that many columns: first the name is cut, then the bar. Pure. */
export function formatActivity({ amount, elapsedMs, limitMs, what }: Activity, columns: number): string {
  if (amount === undefined) {
    const limit =
      limitMs === undefined || limitMs === Number.POSITIVE_INFINITY ? '' : ` of ${formatSeconds(limitMs)}`
    const time = `, ${formatSeconds(elapsedMs)}${limit}`
    return `${cut(what, columns - time.length)}${time}`
  }
  const share = amount.total ? Math.min(amount.done / amount.total, 1) : undefined
  const percent = share === undefined ? '' : `${Math.floor(share * 100)} %, `
  const numbers = `  ${percent}${formatAmount(amount, elapsedMs)}`
  const name = cut(what, Math.max(columns - numbers.length - barWidths.most, leastName))
  const room = Math.min(columns - numbers.length - name.length - '  []'.length, barWidths.most)
  const bar =
    share === undefined || room < barWidths.least ? '' : `  [${'#'.repeat(share * room).padEnd(room, '-')}]`
  return cut(`${name}${bar}${numbers}`, columns)
}

/** The line of a wait for a guest that was asked to let go of a disk, a card, a device or a medium. */
export const waitsFor = (vm: string, name: string) => `${vm}: waiting for the guest to let go of ${name}`

const cut = (text: string, columns: number) =>
  text.length <= columns ? text : `${text.slice(0, columns - 1)}…`

interface Screen {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** When a line is drawn for the first time. Shorter work has none. */
const firstMs = 500
/** How often the clock in it moves. */
const tickMs = 1000
/** How often it is drawn at most. */
const leastMs = 100
const usualColumns = 80

/** The last line of a terminal: what goes on, and for how long. It is drawn again in place until it is disposed. */
export class ProgressLine implements Disposable {
  readonly #screen: Screen
  readonly #began = performance.now()
  #startedAt = this.#began
  #activity: Omit<Activity, 'elapsedMs'>
  #drawnAt = Number.NEGATIVE_INFINITY
  #width = 0
  #stopClock: () => void
  #isOver = false

  constructor(screen: Screen, activity: Omit<Activity, 'elapsedMs'>) {
    this.#screen = screen
    this.#activity = activity
    this.#stopClock = callAfter(firstMs, () => this.#tick(), false)
  }

  /** What goes on from now on, with a clock of its own. */
  say(what: string, limitMs?: number): void {
    this.#startedAt = performance.now()
    this.#update({ what, limitMs, amount: undefined })
  }

  /** How many bytes are done. */
  bytes(done: number, total?: number): void {
    this.#update({ amount: { done, total } })
  }

  /** How many of such steps are done. */
  steps(done: number, total: number, unit: string): void {
    this.#update({ amount: { done, total, unit } })
  }

  /** Removes the line, so that a text can be printed. The line comes back by itself. */
  clear(): void {
    if (this.#width === 0) return
    this.#screen.write(`\r${' '.repeat(this.#width)}\r`)
    this.#width = 0
    this.#drawnAt = Number.NEGATIVE_INFINITY
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stopClock()
    this.clear()
  }

  #update(change: Partial<Omit<Activity, 'elapsedMs'>>): void {
    this.#activity = { ...this.#activity, ...change }
    const now = performance.now()
    if (now - this.#began >= firstMs && now - this.#drawnAt >= leastMs) this.#draw()
  }

  #tick(): void {
    this.#draw()
    this.#stopClock = callAfter(tickMs, () => this.#tick(), false)
  }

  #draw(): void {
    if (this.#isOver) return
    const now = performance.now()
    const columns = (this.#screen.columns || usualColumns) - 1
    const text = plainLine(formatActivity({ ...this.#activity, elapsedMs: now - this.#startedAt }, columns))
    // Blanks overwrite the rest of a longer line, so no control sequence is needed.
    this.#screen.write(`\r${text.padEnd(this.#width)}`)
    this.#width = text.length
    this.#drawnAt = now
  }
}
