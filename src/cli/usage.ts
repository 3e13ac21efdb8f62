import { existsSync } from 'node:fs'
import { nearest } from '../util/nearest.ts'
import { UsageError } from './outcome.ts'

/**
 * Finds a mistyped command: what is no command is taken for the config of `run`, and `lst` is rarely one.
 * @throws UsageError with the nearest command, unless there is such a file or the word looks like the name of one.
 */
export function checkCommand(name: string | undefined, commands: readonly string[]): void {
  if (name === undefined || commands.includes(name)) return
  if (name === '-' || /[./]/.test(name) || existsSync(name)) return
  throw new UsageError(
    `there is no command ${name}, and no config file of that name; ${hint(name, commands)}`,
  )
}

/** @throws UsageError with the nearest command when `help` is asked about a command that does not exist. */
export function checkTopic(name: string | undefined, commands: readonly string[]): void {
  if (name === undefined || commands.includes(name)) return
  throw new UsageError(`there is no help on ${name}; ${hint(name, commands)}`)
}

function hint(name: string, commands: readonly string[]): string {
  const near = nearest(name, commands)
  return near === undefined ? 'qemu-launch --help lists the commands' : `did you mean ${near}?`
}

/** The parser's complaint in our words, with the usage of the command it is about. */
export function usageError(complaint: { code: string; message: string }, usage: string): UsageError {
  const message = complaint.message
    .replace(/^error: /, '')
    .replace(
      /^command-argument value '(.*)' is invalid for argument '.*'\. Allowed choices are/s,
      "'$1' is not one of",
    )
  return new UsageError(`${message}\nUsage: qemu-launch ${usage}`)
}
