#!/usr/bin/env node
import process from 'node:process'
import { exitCodes, formatError } from './outcome.ts'
import { runCli } from './program.ts'

const words = process.argv.slice(2)
let isUnsaid = false
// When the reader of standard output is gone, a command that only prints ends (see Context.readerGone). Other commands finish their work.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || isUnsaid) return
  isUnsaid = true
  const unsaid = new Error(`standard output cannot be written: ${error.message}`)
  process.stderr.write(`${formatError(unsaid, words.includes('--json'))}\n`)
  process.exitCode = exitCodes.failed
})
process.stderr.on('error', () => {})
process.on('uncaughtException', (error) => {
  process.stderr.write(`${formatError(error, words.includes('--json'))}\n`)
  process.exit(exitCodes.failed)
})

const code = await runCli(words, process)
if (!isUnsaid || code !== exitCodes.done) process.exitCode = code
