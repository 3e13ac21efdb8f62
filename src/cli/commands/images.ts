import {
  cloneDisk,
  convertImage,
  createImage,
  createOverlay,
  type ImageFile,
  imageInfo,
  resizeImage,
} from '../../volumes/index.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { UsageError } from '../outcome.ts'

interface Told {
  readonly document: unknown
  readonly line: string
}

export async function image(
  context: Context,
  options: Options,
  what = '',
  file = '',
  made?: string,
): Promise<undefined> {
  const { document, line } = await run(context, options, { what, file, made })
  context.result(document, line)
}

interface Words {
  readonly what: string
  readonly file: string
  readonly made: string | undefined
}

async function run(context: Context, options: Options, { file, made, what }: Words): Promise<Told> {
  const signal = context.interrupted()
  const { backing, format, shrink } = options
  const source: ImageFile = { path: file, ...(backing === undefined ? {} : { backing: { uri: backing } }) }
  const target = () => made ?? missing(what, 'the name of the new file')
  const sizeBytes = () => options.size ?? missing(what, '--size')
  switch (what) {
    case 'create':
      await createImage({ path: file, format }, { sizeBytes: sizeBytes(), signal })
      return { document: { path: file }, line: `${file} is made` }
    case 'overlay': {
      const below = { ...source, format }
      const overlay = await createOverlay(target(), { backing: below, sizeBytes: options.size, signal })
      return { document: overlay, line: `${overlay.path} stands on ${file}, ${frozen}` }
    }
    case 'convert':
      await copied(context, source, target(), (onProgress) =>
        convertImage(source, { path: target(), format }, { signal, onProgress }),
      )
      return { document: { path: target() }, line: `${target()} is a copy of ${file}` }
    case 'resize':
      await resizeImage({ ...source, format }, { sizeBytes: sizeBytes(), shrink, signal })
      return { document: { path: file, sizeBytes: options.size }, line: `${file} has ${options.size} bytes` }
    case 'clone': {
      const { method } = options
      const from = { ...source, format }
      const clone = await copied(context, from, target(), (onProgress) =>
        cloneDisk(from, target(), { method, signal, onProgress }),
      )
      const hint = clone.method === 'overlay' ? `, ${frozen}` : ''
      return { document: clone, line: `${clone.path} is a clone of ${file} by ${clone.method}${hint}` }
    }
    default: {
      const info = await imageInfo({ ...source, format }, { signal })
      const { actualSizeBytes, path, virtualSizeBytes } = info
      const standing = info.backing === undefined ? '' : `, stands on ${info.backing}`
      const sizes = `${virtualSizeBytes} bytes, ${actualSizeBytes} of the host's disk`
      return { document: info, line: `${path}: ${info.format}, ${sizes}${standing}` }
    }
  }
}

/** A copy of an image, with a line that tells how far it is. */
async function copied<T>(
  context: Context,
  source: ImageFile,
  target: string,
  copy: (onProgress: (done: number) => void) => Promise<T>,
): Promise<T> {
  // Only a terminal shows it. If something is wrong with the source, the copy says so.
  const info = context.isWatched ? await imageInfo(source).catch(() => undefined) : undefined
  const total = info?.virtualSizeBytes ?? 0
  return context.during(`${source.path} to ${target}`, (watch) =>
    copy((done) => watch.bytes(done * total, total)),
  )
}

const frozen = 'which must not change from now on'

function missing(what: string, thing: string): never {
  throw new UsageError(`image ${what} needs ${thing}`)
}
