import { commandLists, commandsInterface, eventsInterface } from './interfaces.ts'
import type { Model } from './model.ts'
import { HELPERS, TypeWriter } from './type-writer.ts'

/** Where the helpers are, as seen from the generated files. */
const HELPERS_FILE = '../common-types.ts'
const HEADER =
  "// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.\n"

/** The generated files by name: one per QAPI file, the maps of commands and events, and an index. */
export function writeModules(model: Model): ReadonlyMap<string, string> {
  const writer = new TypeWriter(model, true)
  const home = new Map<string, string>()
  const bodies = new Map<string, string[]>()
  for (const [name, { module }] of Object.entries(model.types)) {
    if (!writer.usage.input.has(name) && !writer.usage.output.has(name)) continue
    home.set(name, module)
    if (writer.usage.twofold.has(name)) home.set(`${name}Input`, module)
    const body = bodies.get(module) ?? []
    body.push(writer.define(name))
    bodies.set(module, body)
  }
  const files = new Map<string, string>()
  const modules = [...bodies.keys()].sort()
  for (const module of modules) {
    files.set(`${module}.ts`, withImports((bodies.get(module) ?? []).join('\n'), home, module))
  }
  files.set('commands.ts', withImports(commandsInterface(model, writer), home))
  files.set('events.ts', withImports(eventsInterface(model, writer), home))
  files.set('command-lists.ts', `${HEADER}\n${commandLists(model)}`)
  const exported = ['commands', 'events', ...modules].map((module) => `export type * from './${module}.ts'\n`)
  files.set('index.ts', `${HEADER}\n${exported.join('')}`)
  return files
}

/** The text with a header, and imports of what it names from other files. */
function withImports(text: string, home: ReadonlyMap<string, string>, self?: string): string {
  // Comments and string literals name no types.
  const code = text.replace(/\/\*\*[\s\S]*?\*\/|'[^'\n]*'/g, '')
  const words = new Set(code.match(/\b[A-Za-z_]\w*\b/g))
  const needed = new Map<string, string[]>()
  for (const word of [...words].sort()) {
    const module = home.get(word)
    if (module === undefined || module === self) continue
    needed.set(module, [...(needed.get(module) ?? []), word])
  }
  const helpers = HELPERS.filter((name) => words.has(name))
  const lines = [...needed].sort(([a], [b]) => (a < b ? -1 : 1))
  const imports = [
    ...(helpers.length === 0 ? [] : [importLine(helpers, HELPERS_FILE)]),
    ...lines.map(([module, names]) => importLine(names, `./${module}.ts`)),
  ]
  return `${HEADER}\n${imports.join('')}${imports.length === 0 ? '' : '\n'}${text}`
}

function importLine(names: readonly string[], from: string): string {
  const line = `import type { ${names.join(', ')} } from '${from}'\n`
  if (line.length <= 110) return line
  return `import type {\n${names.map((name) => `  ${name},\n`).join('')}} from '${from}'\n`
}
