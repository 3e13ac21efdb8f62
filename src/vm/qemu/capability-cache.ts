import { createHash } from 'node:crypto'
import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { homedir, release } from 'node:os'
import { join } from 'node:path'
import { fileOfProgram } from '../../process/index.ts'
import { writeFileAtomic } from '../../util/atomic-file.ts'
import { check, z } from '../../util/schema.ts'
import { type Facts, factsSchema } from './capability-facts.ts'
import { ioUringState } from './io-uring.ts'

/** Changes with what is kept: another number makes every older file worthless. */
const format = 3

const documentSchema = z.object({
  format: z.literal(format),
  key: z.string(),
  facts: factsSchema,
  kvmFault: z.string().optional(),
  ioUringFault: z.string().optional(),
})

/** What is kept of a binary. */
export interface Kept {
  readonly facts: Facts
  readonly kvmFault?: string | undefined
  /** Why a QEMU cannot read a file by io_uring here. */
  readonly ioUringFault?: string | undefined
}

/** A binary on this host: where what is known of it is kept, and what it must be to be still true. */
export interface BinaryKey {
  /** Without an ending. */
  readonly file: string
  /** Another one when the binary, KVM, the kernel, what that forbids or the CPU is another. */
  readonly key: string
}

/**
 * The key of a binary; undefined when there is no such file. It is asked for several times in a launch, so all is read at once: every
 * step that is left to another thread takes longer.
 */
export function binaryKey(binary: string): BinaryKey | undefined {
  const path = find(binary)
  if (path === undefined) return undefined
  const { size, mtimeMs, ctimeMs } = statSync(path)
  const host = [kvmState(), cpuFlags(), ioUringState()]
  const key = JSON.stringify([path, size, mtimeMs, ctimeMs, release(), ...host])
  const name = createHash('sha256').update(path).digest('hex').slice(0, 32)
  return { file: join(cacheDir(), name), key }
}

function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'qemu-launch', 'capabilities')
}

function find(binary: string): string | undefined {
  try {
    return realpathSync(fileOfProgram(binary))
  } catch {
    return undefined
  }
}

function kvmState(): string {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return 'kvm'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'no kvm'
  }
}

/** Of the first CPU, which stands near the beginning: the whole file takes long on a large host. */
function cpuFlags(): string {
  let file: number | undefined
  try {
    file = openSync('/proc/cpuinfo', 'r')
    const buffer = Buffer.alloc(8192)
    const text = buffer.toString('latin1', 0, readSync(file, buffer))
    const [flags = ''] = /^(?:flags|Features)\s*:.*$/m.exec(text) ?? []
    return createHash('sha256').update(flags).digest('hex')
  } catch {
    return ''
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** What is kept of exactly this binary; undefined when there is nothing, or nothing that can be trusted. */
export async function readKept({ file, key }: BinaryKey): Promise<Kept | undefined> {
  const text = await readOwn(`${file}.json`)
  const checked = text === undefined ? undefined : check(documentSchema, parse(text))
  return checked?.ok === true && checked.value.key === key ? checked.value : undefined
}

/** Keeps what is known of a binary. A host without a place for it asks again next time. */
export async function writeKept(
  { file, key }: BinaryKey,
  { facts, ioUringFault, kvmFault }: Kept,
): Promise<void> {
  await write(`${file}.json`, { format, key, facts, kvmFault, ioUringFault })
}

const entitiesSchema = z.object({ format: z.literal(format), key: z.string(), entities: z.array(z.any()) })

/** The kept answer to query-qmp-schema, which is large and seldom asked for. */
export async function readEntities({ file, key }: BinaryKey): Promise<unknown[] | undefined> {
  const text = await readOwn(`${file}.schema.json`)
  const checked = text === undefined ? undefined : check(entitiesSchema, parse(text))
  return checked?.ok === true && checked.value.key === key ? checked.value.entities : undefined
}

export async function writeEntities({ file, key }: BinaryKey, entities: readonly unknown[]): Promise<void> {
  await write(`${file}.schema.json`, { format, key, entities })
}

async function write(path: string, document: object): Promise<void> {
  const dir = cacheDir()
  await mkdir(dir, { recursive: true, mode: 0o700 }).catch(() => {})
  await writeFileAtomic(path, `${JSON.stringify(document)}\n`).catch(() => {})
}

/** A file that is ours alone: what others could have written is not believed. */
async function readOwn(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const { uid, mode } = await file.stat()
      if (uid !== process.getuid?.() || (mode & 0o077) !== 0) return undefined
      return await readFile(file, 'utf8')
    } finally {
      await file.close()
    }
  } catch {
    return undefined
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
