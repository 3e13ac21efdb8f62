import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { type WaitCondition, waitForVm } from '../../vm/running.ts'
import type { Context, Watch } from '../context.ts'
import type { Options } from '../options.ts'
import { UsageError } from '../outcome.ts'
import { plainGuestText } from '../plain.ts'

/** Runs a program in the guest and ends as it did. */
export async function exec(
  context: Context,
  { env, stdin, timeoutMs }: Options,
  id = '',
  ...words: (string | undefined)[]
): Promise<number> {
  const [program = '', ...args] = words.map((word) => word ?? '')
  const signal = context.interrupted()
  const input = stdin ? await buffer(context.streams.stdin) : undefined
  const run = async () => {
    await using vm = await context.visit(id, signal)
    return await vm.guest.exec([program, ...args], { env, input, signal, timeoutMs, encoding: 'buffer' })
  }
  const result = await context.during(`${program} in ${id}`, run, timeoutMs)
  const { exitCode, stderr, stdout, truncated } = result
  if (context.json) {
    const texts = { stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') }
    context.result({ vm: id, exitCode, ...texts, truncated }, '')
    return exitCode
  }
  await Promise.all([
    write(context.streams.stdout, stdout, context.readerGone),
    write(context.streams.stderr, stderr),
  ])
  if (truncated)
    context.note('qemu-launch: warning: the agent keeps 16 MiB of each output, and cut off the rest')
  return exitCode
}

/** A guest's bytes: as they are for a program, without control characters for a terminal. */
async function write(
  to: Writable & { readonly isTTY?: boolean },
  bytes: Buffer,
  gone?: AbortSignal,
): Promise<void> {
  const shown = to.isTTY === true ? plainGuestText(bytes.toString('utf8')) : bytes
  if (shown.length === 0 || gone?.aborted) return
  await new Promise<void>((resolve) => to.write(shown, () => resolve()))
}

const bytesInMiB = 1024 ** 2

/** A file of a guest. */
interface GuestPath {
  readonly vm: string
  readonly path: string
}

/** Copies a file into a guest or out of it. */
export async function copy(
  context: Context,
  { maxMib = 1024, timeoutMs }: Options,
  from = '',
  to = '',
): Promise<undefined> {
  const [source, target] = [inGuest(from), inGuest(to)]
  const limits = { signal: context.interrupted(), timeoutMs }
  const what = `${from} to ${to}`
  if (source !== undefined && target === undefined) {
    const maxBytes = maxMib * bytesInMiB
    const done = await context.during(what, (watch) =>
      copyOut(context, source, to, { ...limits, maxBytes, watch }),
    )
    if (done.to !== '-') context.result(done, `${done.to}: ${done.bytes} bytes from ${done.vm}`)
  } else if (source === undefined && target !== undefined) {
    const done = await context.during(what, (watch) => copyIn(context, from, target, { ...limits, watch }))
    context.result(done, `${done.to} in ${done.vm}: ${done.bytes} bytes`)
  } else {
    throw new UsageError(
      'one of the two should be a path in a guest, as <vm>:<path>, and the other one a file here',
    )
  }
}

/** What was copied, as it is printed. */
interface Copied {
  readonly vm: string
  readonly from: string
  readonly to: string
  readonly bytes: number
}

interface Copying {
  readonly signal: AbortSignal
  readonly timeoutMs: number | undefined
  readonly watch: Watch
}

async function copyOut(
  context: Context,
  { path, vm: id }: GuestPath,
  to: string,
  { watch, ...limits }: Copying & { readonly maxBytes: number },
): Promise<Copied> {
  const place = to.endsWith('/') || isDirectory(to) ? join(to, basename(path)) : to
  let bytes = 0
  await using vm = await context.visit(id, limits.signal)
  await receive(context, place, (take) => {
    const counted = async (part: Buffer) => {
      await take(part)
      bytes += part.length
      watch.bytes(bytes)
    }
    return vm.guest.download(path, counted, limits)
  })
  return { vm: id, from: path, to: place, bytes }
}

async function copyIn(
  context: Context,
  from: string,
  target: GuestPath,
  { watch, ...limits }: Copying,
): Promise<Copied> {
  const path = target.path.endsWith('/') ? `${target.path}${basename(from)}` : target.path
  const total = from === '-' ? undefined : sizeOf(from)
  const content = from === '-' ? context.streams.stdin : createReadStream(from)
  let bytes = 0
  const onProgress = (done: number) => {
    bytes = done
    watch.bytes(done, total)
  }
  await using vm = await context.visit(target.vm, limits.signal)
  await vm.guest.upload(path, content, { ...limits, onProgress })
  return { vm: target.vm, from, to: path, bytes }
}

/** Writes to standard output, or to a file that appears when it is complete. */
async function receive(
  context: Context,
  to: string,
  work: (take: (part: Buffer) => Promise<void>) => Promise<void>,
): Promise<void> {
  const { stdout } = context.streams
  if (to === '-') {
    if (stdout.isTTY) throw new UsageError('a file of a guest is not printed on a terminal: name a file')
    return work((part) => put(stdout, part))
  }
  const part = `${to}.${randomUUID()}.tmp`
  const file = createWriteStream(part, { flags: 'wx' })
  try {
    await work((bytes) => put(file, bytes))
    file.end()
    await finished(file)
    await rename(part, to)
  } catch (error) {
    file.destroy()
    await rm(part, { force: true })
    throw error
  }
}

function put(to: Writable, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
}

/** `web:/etc/hosts`; a path here that has a colon begins with a directory. */
function inGuest(text: string): GuestPath | undefined {
  const [, vm, path] = /^([^/:]+):(.+)$/s.exec(text) ?? []
  return vm === undefined || path === undefined ? undefined : { vm, path }
}

function sizeOf(path: string): number {
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`)
  if (isDirectory(path)) throw new UsageError(`${path} is a directory: one file is copied at a time`)
  return statSync(path).size
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** Waits until a condition holds. */
export async function wait(
  context: Context,
  { for: what = '', timeoutMs = 60_000 }: Options,
  id = '',
): Promise<undefined> {
  const condition = readCondition(what)
  const begin = performance.now()
  const options = { stateDir: context.stateDir, signal: context.interrupted(), timeoutMs }
  await context.during(`${id}: waiting for ${what}`, () => waitForVm(id, condition, options), timeoutMs)
  const ms = Math.round(performance.now() - begin)
  context.result({ vm: id, for: what, ms }, `${id}: ${what}, ${ms} ms later`)
}

function readCondition(text: string): WaitCondition {
  if (text === 'agent' || text === 'ended') return { type: text }
  const [, kind, rest = ''] = /^(port|text):(.+)$/s.exec(text) ?? []
  if (kind === 'text') return { type: 'text', text: rest }
  const port = Number(rest)
  if (kind === 'port' && /^\d+$/.test(rest) && port >= 1 && port <= 65535) return { type: 'port', port }
  throw new UsageError(`--for ${text} should be agent, port:<1-65535>, text:<text> or ended`)
}
