import type { PlanHooks, QmpEvent } from 'qemu-launch'

const began = performance.now()
const isTerminal = process.stdout.isTTY === true
const dim = (text: string) => (isTerminal ? `\x1b[2m${text}\x1b[0m` : text)
const bold = (text: string) => (isTerminal ? `\x1b[1m${text}\x1b[0m` : text)

export const ms = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0))

/** What is about to happen, with the time since the start. */
export function title(text: string): void {
  console.log(`\n${bold(`[${ms(performance.now() - began).padStart(6)} ms] ${text}`)}`)
}

/** What somebody found out: `host`, `guest` or `qemu`. */
export function say(who: string, text: string): void {
  for (const line of text.split('\n')) console.log(`  ${who.padEnd(6)} ${line}`)
}

/** Something confirmed, or the reason why the demo fails. */
export function confirm(isSo: boolean, text: string): void {
  if (!isSo) throw new Error(`not confirmed: ${text}`)
  say('ok', text)
}

/** The commands of one attach or detach, their replies and the events between, as they pass. */
export class Conversation {
  readonly #start = performance.now()

  /** For attach and detach. QEMU answers each of their commands with an empty object, or an error that ends the plan. */
  readonly hooks: PlanHooks = {
    onStep: (command) => this.#line('->', command),
    onAnswer: () => this.#line('<-', { return: {} }),
  }

  readonly onEvent = ({ event, data }: QmpEvent): void => this.#line('<-', { event, data })

  #line(arrow: string, message: object): void {
    const at = `${ms(performance.now() - this.#start)} ms`.padStart(9)
    say('qmp', `${dim(at)}  ${arrow} ${JSON.stringify(message)}`)
  }
}

/** Rows under a heading, numbers to the right. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  for (const row of all) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    console.log(`  ${cells.join('   ').trimEnd()}`)
  }
}
