import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv, exit, stderr } from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Model } from '../codegen/model.ts'
import { widenAnswers } from './guest.ts'
import { mergeModels } from './merge.ts'
import { formatModel } from './model-file.ts'
import { writeModules } from './modules.ts'
import { readSchema } from './qapi-schema.ts'
import { alignNames } from './renames.ts'

/*
 * npm run generate                        from QEMU's sources: model.json and guest-model.json, and from them ../generated
 * npm run generate -- --offline           from those two only
 * npm run generate -- --check [--offline] compares, writes nothing, exits 1 on a difference
 */

/** The release series merged, oldest first; fetch.sh knows where their sources are. */
const SERIES = ['7.2', '8.2', '10.0', '11.1']

const here = fileURLToPath(new URL('.', import.meta.url))
const modelFile = join(here, 'model.json')
const guestModelFile = join(here, 'guest-model.json')
const outputDirectory = join(here, '../generated')

const check = argv.includes('--check')
const differences: string[] = []

if (!argv.includes('--offline')) {
  const sources = fetchSources()
  put(modelFile, formatModel(mergedModel(sources, 'qapi/qapi-schema.json')))
  put(guestModelFile, formatModel(widenAnswers(mergedModel(sources, 'qga/qapi-schema.json'))))
}
const files = writeModules(readModel(modelFile), readModel(guestModelFile))
mkdirSync(outputDirectory, { recursive: true })
for (const [name, text] of files) put(join(outputDirectory, name), text)
for (const name of readdirSync(outputDirectory)) {
  if (!files.has(name)) put(join(outputDirectory, name), undefined)
}
if (differences.length > 0) {
  stderr.write(`generate: ${check ? 'not as generated' : 'written'}:\n  ${differences.join('\n  ')}\n`)
  if (check) exit(1)
}

interface Source {
  readonly series: string
  readonly directory: string
}

function fetchSources(): readonly Source[] {
  const output = execFileSync('bash', [join(here, 'fetch.sh'), ...SERIES], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return output
    .trim()
    .split('\n')
    .map((line) => {
      const [series = '', directory = ''] = line.split(' ')
      return { series, directory }
    })
}

function mergedModel(sources: readonly Source[], file: string): Model {
  const models = sources.map(({ series, directory }) => readSchema(join(directory, file), series))
  const newest = models.at(-1)
  if (newest === undefined) throw new Error('fetch.sh found nothing')
  return mergeModels(models.map((model) => (model === newest ? model : alignNames(model, newest))))
}

function readModel(file: string): Model {
  return JSON.parse(readFileSync(file, 'utf8')) as Model
}

/** Writes the file (`undefined`: removes it), or with --check only notes that it would. */
function put(file: string, text: string | undefined): void {
  if (read(file) === text) return
  differences.push(file)
  if (check) return
  if (text === undefined) rmSync(file)
  else writeFileSync(file, text)
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
