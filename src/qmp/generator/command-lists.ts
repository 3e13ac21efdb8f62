import type { CommandModel, Model } from '../codegen/model.ts'
import { literal } from '../codegen/words.ts'

/** Sets of commands that matter at run time. */
export function commandLists(model: Model, guest: Model): string {
  const list = (
    doc: string,
    name: string,
    from: Model,
    wanted: (command: CommandModel) => boolean,
  ): string => {
    const names = Object.entries(from.commands).flatMap(([command, one]) => (wanted(one) ? [command] : []))
    const items = names.map((item) => `  ${literal(item)},\n`).join('')
    return `/** ${doc} */\nexport const ${name}: ReadonlySet<string> = new Set([\n${items}])\n`
  }
  return [
    list(
      'The commands whose answer is an empty object by the schema.',
      'VOID_COMMANDS',
      model,
      ({ returns }) => returns === undefined,
    ),
    list('The commands that QEMU lets overtake others.', 'OOB_COMMANDS', model, ({ oob }) => oob === true),
    list(
      'The commands that take members their schema does not tell.',
      'OPEN_COMMANDS',
      model,
      ({ open }) => open === true,
    ),
    list(
      "The guest agent's commands whose answer is an empty object by the schema.",
      'VOID_GUEST_COMMANDS',
      guest,
      ({ returns, silent }) => returns === undefined && silent !== true,
    ),
    list(
      "The guest agent's commands that are not answered when they succeed.",
      'SILENT_GUEST_COMMANDS',
      guest,
      ({ silent }) => silent === true,
    ),
  ].join('\n')
}
