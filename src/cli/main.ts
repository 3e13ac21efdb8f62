#!/usr/bin/env node
import process from 'node:process'
import { exitCodes, formatError } from './outcome.ts'
import { runCli } from './program.ts'

const words = process.argv.slice(2)
// A reader that has had enough ends what follows it (see Context.readerGone), not what a command has begun.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
process.on('uncaughtException', (error) => {
  process.stderr.write(`${formatError(error, words.includes('--json'))}\n`)
  process.exit(exitCodes.failed)
})

process.exitCode = await runCli(words, process)
