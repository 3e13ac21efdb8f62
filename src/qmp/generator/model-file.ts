import type { Model } from '../codegen/model.ts'

/** The model as JSON with one definition a line, so that a difference can be read. */
export function formatModel({ versions, types, commands, events }: Model): string {
  const section = (definitions: Readonly<Record<string, unknown>>): string => {
    const lines = Object.entries(definitions).map(
      ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
    )
    return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n  }`
  }
  return `{
  "versions": ${JSON.stringify(versions)},
  "types": ${section(types)},
  "commands": ${section(commands)},
  "events": ${section(events)}
}
`
}
