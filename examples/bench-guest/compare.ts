/**
 * Two or more results of seed.fio beside each other: `compare.ts before.json after.json`. Ends with 1 when a job had
 * errors, for numbers of failed requests mean nothing, and with 2 when a file is no result of fio.
 */
import { readFileSync } from 'node:fs'
import { comparisonTable } from './comparison-table.ts'
import { type FioJob, parseFio } from './fio.ts'
import { shortNames } from './short-names.ts'

const files = [...new Set(process.argv.slice(2))]
if (files.length < 2) {
  console.error('usage: compare.ts before.json after.json')
  process.exit(2)
}
const settings = shortNames(files)
const results = files.map((file) => ({ file, jobs: new Map(read(file).map((job) => [job.name, job])) }))
for (const name of new Set(results.flatMap(({ jobs }) => [...jobs.keys()]))) {
  console.log(`## ${name}\n`)
  const columns = new Map<string, FioJob>()
  for (const { file, jobs } of results) {
    const job = jobs.get(name)
    if (job === undefined) console.log(`${file} has no such job.\n`)
    else columns.set(settings.get(file) ?? file, job)
  }
  if (columns.size > 1) console.log(`${comparisonTable(columns)}\n`)
}

function read(file: string): FioJob[] {
  try {
    const found = parseFio(readFileSync(file, 'utf8'))
    for (const { name } of found.filter(({ errors }) => errors > 0)) {
      console.error(`${file}: ${name} had errors`)
      process.exitCode = 1
    }
    return found
  } catch (error) {
    console.error(`${file}: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(2)
  }
}
