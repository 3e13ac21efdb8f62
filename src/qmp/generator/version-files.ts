import { commandEntries, eventEntries } from '../codegen/interfaces.ts'
import type { Model } from '../codegen/model.ts'
import { TypeWriter } from '../codegen/type-writer.ts'
import { indent, literal } from '../codegen/words.ts'
import { restrictModel } from './restrict.ts'

const fileName = (version: string): string => `qemu-${version}`

/**
 * The commands and events of one version, and the types in them, as far as they differ from the merged ones; the rest
 * is taken from there.
 */
export function versionFile(model: Model, version: string) {
  const own = restrictModel(model, version)
  const [merged, restricted] = [new TypeWriter(model), new TypeWriter(own)]
  const differing = differingTypes(own, restricted, merged)
  const maps = {
    Commands: changedEntries(commandEntries(own, restricted), commandEntries(model, merged), differing),
    Events: changedEntries(eventEntries(own, restricted), eventEntries(model, merged), differing),
  }
  const types = new Map<string, string>()
  const addTypes = (text: string): void => {
    for (const name of typeNames(text)) {
      if (!differing.has(name) || types.has(name)) continue
      types.set(name, restricted.define(name))
      addTypes(restricted.define(name))
    }
  }
  const text = [
    "import type { Commands as AllCommands } from './commands.ts'\nimport type { Events as AllEvents } from './events.ts'\n",
    ...Object.entries(maps).map(([title, { replaced, entries }]) => {
      addTypes(entries)
      const omitted = replaced.map((name) => `  | ${literal(name)}\n`).join('')
      const start = `/** As ${title}, of QEMU ${version} alone. */\nexport interface ${title} extends Omit<All${title}`
      return `${start},${omitted === '' ? ' never' : `\n${omitted}`}> {\n${indent(entries, '  ')}}\n`
    }),
    ...types.values(),
  ].join('\n')
  const names = [...types.keys()].flatMap((name) =>
    restricted.usage.twofold.has(name) ? [name, `${name}Input`] : [name],
  )
  return { name: fileName(version), text, types: names }
}

/** The entries of a map that are not the merged map's, and the names of those that they replace or that are gone. */
function changedEntries(
  own: ReadonlyMap<string, string>,
  all: ReadonlyMap<string, string>,
  differing: ReadonlySet<string>,
) {
  const changed = new Map(
    [...own].filter(
      ([name, text]) =>
        bare(text) !== bare(all.get(name) ?? '') || typeNames(text).some((type) => differing.has(type)),
    ),
  )
  return {
    replaced: [...all.keys()].filter((name) => !own.has(name) || changed.has(name)),
    entries: [...changed.values()].join(''),
  }
}

/** Which types are not the same here as merged, or consist of such. */
function differingTypes(own: Model, restricted: TypeWriter, merged: TypeWriter): ReadonlySet<string> {
  const texts = new Map(
    Object.keys(own.types)
      .filter((name) => restricted.usage.input.has(name) || restricted.usage.output.has(name))
      .map((name) => [name, bare(restricted.define(name))]),
  )
  const differing = new Set(
    [...texts].flatMap(([name, text]) => (text === bare(merged.define(name)) ? [] : [name])),
  )
  for (;;) {
    const more = [...texts].filter(
      ([name, text]) => !differing.has(name) && typeNames(text).some((word) => differing.has(word)),
    )
    if (more.length === 0) return differing
    for (const [name] of more) differing.add(name)
  }
}

/** The maps of all versions, by version. */
export function versionIndex({ versions }: Model): string {
  const imports = versions.map(
    (version) =>
      `import type { Commands as Commands${suffix(version)}, Events as Events${suffix(version)} } from './${fileName(version)}.ts'\n`,
  )
  const entries = versions.map(
    (version) =>
      `${literal(version)}: { commands: Commands${suffix(version)}; events: Events${suffix(version)} }\n`,
  )
  return `${imports.join('')}\n/** What single versions of QEMU have. */\nexport interface Versions {\n${indent(entries.join(''), '  ')}}\n`
}

const suffix = (version: string): string => version.replace('.', '_')

/** Without comments, and laid out alike. */
const bare = (text: string): string => text.replace(/\/\*\*[\s\S]*?\*\//g, '').replace(/\s+/g, ' ')

/** What may be the name of a type in that text; of the form for input also the type's. */
const typeNames = (text: string): readonly string[] =>
  (
    bare(text)
      .replace(/'[^'\n]*'/g, '')
      .match(/\b[A-Za-z_]\w*\b/g) ?? []
  ).flatMap((word) => (word.endsWith('Input') ? [word, word.slice(0, -'Input'.length)] : [word]))
