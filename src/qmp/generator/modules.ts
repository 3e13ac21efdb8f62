import { commandsInterface, eventsInterface, guestCommandsInterface } from '../codegen/interfaces.ts'
import type { Model } from '../codegen/model.ts'
import { HELPERS, TypeWriter } from '../codegen/type-writer.ts'
import { availabilityTable } from './availability.ts'
import { commandLists } from './command-lists.ts'
import { versionFile, versionIndex } from './version-files.ts'

/** Where the helpers are, as seen from the generated files. */
const HELPERS_FILE = '../common-types.ts'
const HEADER =
  "// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.\n"

/**
 * The generated files by name: one per QAPI file, the maps of commands and events, an index, one for each version with
 * what is different there, the guest agent's types, and the tables that are looked up at run time.
 */
export function writeModules(model: Model, guest: Model): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  const put = (name: string, text: string): void => void files.set(`${name}.ts`, `${HEADER}\n${text}`)
  const writer = new TypeWriter(model, 'QMP')
  const { home, bodies } = sortTypes(model, writer)
  const modules = [...bodies.keys()].sort()
  for (const module of modules) put(module, withImports((bodies.get(module) ?? []).join('\n'), home, module))
  put('commands', withImports(commandsInterface(model, writer), home))
  put('events', withImports(eventsInterface(model, writer), home))
  for (const version of model.versions) {
    const { name, text, types } = versionFile(model, version)
    put(name, withImports(text, new Map([...home, ...types.map((type) => [type, name] as const)]), name))
  }
  put('versions', versionIndex(model))
  put('guest', writeGuest(guest))
  put('command-lists', commandLists(model, guest))
  put('availability', availabilityTable(model))
  put(
    'index',
    ['commands', 'events', ...modules].map((module) => `export type * from './${module}.ts'\n`).join(''),
  )
  return files
}

/** The definitions by QAPI file, and which name is defined in which. */
function sortTypes(model: Model, writer: TypeWriter) {
  const home = new Map<string, string>()
  const bodies = new Map<string, string[]>()
  for (const [name, { module }] of Object.entries(model.types)) {
    if (!writer.usage.input.has(name) && !writer.usage.output.has(name)) continue
    home.set(name, module)
    if (writer.usage.twofold.has(name)) home.set(`${name}Input`, module)
    bodies.set(module, [...(bodies.get(module) ?? []), writer.define(name)])
  }
  return { home, bodies }
}

function writeGuest(guest: Model): string {
  const writer = new TypeWriter(guest, 'QGA')
  const types = [...sortTypes(guest, writer).bodies.values()].flat()
  return withImports([guestCommandsInterface(guest, writer), ...types].join('\n'), new Map())
}

/** The text with imports of what it names from other files. */
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
  return `${imports.join('')}${imports.length === 0 ? '' : '\n'}${text}`
}

function importLine(names: readonly string[], from: string): string {
  const line = `import type { ${names.join(', ')} } from '${from}'\n`
  if (line.length <= 110) return line
  return `import type {\n${names.map((name) => `  ${name},\n`).join('')}} from '${from}'\n`
}
