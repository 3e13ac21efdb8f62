import type { Model } from '../codegen/model.ts'

/** Answers that the schema calls `int` and that are beyond 2^53 as a rule: nanoseconds since 1970. */
const WIDE_ANSWERS: ReadonlySet<string> = new Set(['guest-get-time'])

/** The guest agent's model with the true width of the integers it answers. Throws when it has no such command. */
export function widenAnswers(model: Model): Model {
  const commands = { ...model.commands }
  for (const name of WIDE_ANSWERS) {
    const command = commands[name]
    if (command?.returns?.join() !== 'int') throw new Error(`${name} answers no int any more`)
    commands[name] = { ...command, returns: ['int64'] }
  }
  return { ...model, commands }
}
