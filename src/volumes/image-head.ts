/** Reads from an image: so many bytes, fewer where it ends. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>

/** What an image says of itself. */
export interface ImageHead {
  /** As QEMU calls it. */
  readonly format: string
  /** The image it stands on, as it names that. */
  readonly backing?: string
  /** Another file that holds its data, as it names that. */
  readonly data?: string
}

const maxNameBytes = 4096
const maxDescriptorBytes = 64 * 1024

const has = (head: Buffer, text: string, at = 0) => head.toString('latin1', at, at + text.length) === text

/** The format an image seems to have; undefined for plain blocks. QEMU is not to be asked: it would believe the guest. */
export async function readImageHead(read: ReadAt): Promise<ImageHead | undefined> {
  const head = await read(0, 512)
  if (has(head, 'QFI\xfb')) return readQcow(head, read)
  if (has(head, 'QED\0')) return readQed(head, read)
  if (has(head, 'KDMV')) return readSparseVmdk(head, read)
  if (has(head, 'COWD')) return { format: 'vmdk' }
  if (has(head, '# Disk DescriptorFile')) return readVmdkText(await read(0, maxDescriptorBytes), true)
  if (has(head, 'vhdxfile')) return { format: 'vhdx' }
  if (has(head, 'conectix')) return { format: 'vpc' }
  if (head.length >= 68 && head.readUInt32LE(64) === 0xbeda107f) return { format: 'vdi' }
  return undefined
}

async function nameAt(read: ReadAt, offset: number, length: number): Promise<string> {
  return (await read(offset, Math.min(length, maxNameBytes))).toString('utf8')
}

const incompatible = { dataFile: 4n }
const dataFileName = 0x44415441

/** https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.rst */
async function readQcow(head: Buffer, read: ReadAt): Promise<ImageHead | undefined> {
  if (head.length < 72) return undefined
  const version = head.readUInt32BE(4)
  const format = version === 1 ? 'qcow' : 'qcow2'
  const nameOffset = Number(head.readBigUInt64BE(8))
  const backing = nameOffset === 0 ? {} : { backing: await nameAt(read, nameOffset, head.readUInt32BE(16)) }
  const hasDataFile =
    version >= 3 && head.length >= 104 && (head.readBigUInt64BE(72) & incompatible.dataFile) !== 0n
  if (!hasDataFile) return { format, ...backing }
  return { format, ...backing, data: await readDataName(read, head.readUInt32BE(100)) }
}

/** The name is in an extension of the header, which is a list that ends with a zero. */
async function readDataName(read: ReadAt, headerLength: number): Promise<string> {
  for (let at = headerLength; at < maxDescriptorBytes; ) {
    const extension = await read(at, 8)
    if (extension.length < 8 || extension.readUInt32BE() === 0) break
    const length = extension.readUInt32BE(4)
    if (extension.readUInt32BE() === dataFileName) return nameAt(read, at + 8, length)
    at += 8 + Math.ceil(length / 8) * 8
  }
  return 'without a name'
}

/** https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qed_spec.rst */
async function readQed(head: Buffer, read: ReadAt): Promise<ImageHead | undefined> {
  if (head.length < 64) return undefined
  const hasBacking = (head.readBigUInt64LE(16) & 1n) !== 0n
  if (!hasBacking) return { format: 'qed' }
  return { format: 'qed', backing: await nameAt(read, head.readUInt32LE(56), head.readUInt32LE(60)) }
}

/** Reads a sparse VMDK. If the image has no size of its own, QEMU reads the text in it as if that were the image. */
async function readSparseVmdk(head: Buffer, read: ReadAt): Promise<ImageHead | undefined> {
  if (head.length < 44) return undefined
  const textOffset = Number(head.readBigUInt64LE(28)) * 512
  const text = textOffset === 0 ? Buffer.alloc(0) : await read(textOffset, maxDescriptorBytes)
  return readVmdkText(text, head.readBigUInt64LE(12) === 0n)
}

function readVmdkText(bytes: Buffer, hasExtents: boolean): ImageHead {
  const text = bytes.toString('latin1').split('\0', 1)[0] ?? ''
  const backing = /parentFileNameHint="([^"\n]*)"/.exec(text)?.[1]
  const data = hasExtents
    ? (/^\s*(?:RW|RDONLY|NOACCESS)\s[^"\n]*"([^"\n]*)"/m.exec(text)?.[1] ?? 'without a name')
    : undefined
  return {
    format: 'vmdk',
    ...(backing === undefined ? {} : { backing }),
    ...(data === undefined ? {} : { data }),
  }
}
