/**
 * Two or more results of seed.fio beside each other: `compare.ts before.json after.json`. Ends with 1 when a job had
 * errors, for numbers of failed requests mean nothing.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { comparisonTable, type FioJob, parseFio } from './fio.ts'

const files = process.argv.slice(2)
if (files.length < 2) {
  console.error('usage: compare.ts before.json after.json')
  process.exit(2)
}
const jobs = new Map<string, Map<string, FioJob>>()
for (const file of files) {
  for (const job of parseFio(readFileSync(file, 'utf8'))) {
    const settings = jobs.get(job.name) ?? new Map<string, FioJob>()
    jobs.set(job.name, settings.set(basename(file, '.json'), job))
    if (job.errors === 0) continue
    console.error(`${file}: ${job.name} had errors`)
    process.exitCode = 1
  }
}
for (const [name, settings] of jobs) console.log(`## ${name}\n\n${comparisonTable(settings)}\n`)
