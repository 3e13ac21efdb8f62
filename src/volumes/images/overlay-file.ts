import { open, stat, writeFile } from 'node:fs/promises'

const clusterBits = 16
const clusterBytes = 1 << clusterBits
const sectorBytes = 512n
/** What one entry of the first table maps: a table of its own, whose entries map a cluster each. */
const entryBytes = BigInt(clusterBytes) * BigInt(clusterBytes / 8)

const magic = 0x514649fb
const headerBytes = 104
const backingFormat = 0xe2792aca
const maxNameBytes = 1023
/** 2 to the power of it is how many bits a counter of references has. */
const counterOrder = 4

const firstAt = { counterTable: clusterBytes, counters: 2 * clusterBytes, table: 3 * clusterBytes }

/** What an overlay stands on. */
export interface Below {
  readonly path: string
  readonly format: string
}

/**
 * An empty qcow2 image that stands on another one, as `qemu-img create` makes it: its beginning, which zeros up to `fileBytes` follow.
 * Undefined for a name that is too long for its header. Pure.
 * https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.rst
 */
export function overlayBytes(
  below: Below,
  sizeBytes: bigint,
): { readonly bytes: Buffer; readonly fileBytes: number } | undefined {
  const [name, format] = [Buffer.from(below.path), Buffer.from(below.format)]
  if (name.length > maxNameBytes) return undefined
  const entries = Number(upTo(sizeBytes, entryBytes) / entryBytes)
  const clusters = 3 + Math.ceil((entries * 8) / clusterBytes)
  const nameAt = headerBytes + 8 + Math.ceil(format.length / 8) * 8 + 8
  const bytes = Buffer.alloc(firstAt.counters + clusters * 2)
  bytes.writeUInt32BE(magic, 0)
  bytes.writeUInt32BE(3, 4)
  bytes.writeBigUInt64BE(BigInt(nameAt), 8)
  bytes.writeUInt32BE(name.length, 16)
  bytes.writeUInt32BE(clusterBits, 20)
  bytes.writeBigUInt64BE(upTo(sizeBytes, sectorBytes), 24)
  bytes.writeUInt32BE(entries, 36)
  bytes.writeBigUInt64BE(BigInt(firstAt.table), 40)
  bytes.writeBigUInt64BE(BigInt(firstAt.counterTable), 48)
  bytes.writeUInt32BE(1, 56)
  bytes.writeUInt32BE(counterOrder, 96)
  bytes.writeUInt32BE(headerBytes, 100)
  bytes.writeUInt32BE(backingFormat, headerBytes)
  bytes.writeUInt32BE(format.length, headerBytes + 4)
  format.copy(bytes, headerBytes + 8)
  name.copy(bytes, nameAt)
  bytes.writeBigUInt64BE(BigInt(firstAt.counters), firstAt.counterTable)
  for (let cluster = 0; cluster < clusters; cluster++) bytes.writeUInt16BE(1, firstAt.counters + cluster * 2)
  return { bytes, fileBytes: firstAt.table + entries * 8 }
}

/**
 * Fills an empty file with an overlay, of the size of what is below unless given.
 * @returns false, with the file as it was, for what qemu-img has to look at: a device, or an image that is none.
 * @throws what the system says.
 */
export async function writeOverlay(path: string, below: Below, sizeBytes?: bigint): Promise<boolean> {
  const found = await diskSize(below).catch(() => undefined)
  const overlay = found === undefined ? undefined : overlayBytes(below, sizeBytes ?? found)
  if (overlay === undefined) return false
  await writeFile(path, overlay.bytes)
  const file = await open(path, 'r+')
  try {
    await file.truncate(overlay.fileBytes)
  } finally {
    await file.close()
  }
  return true
}

/** The size of a disk as a guest sees it. */
async function diskSize({ format, path }: Below): Promise<bigint | undefined> {
  const found = await stat(path, { bigint: true })
  if (!found.isFile()) return undefined
  if (format === 'raw') return found.size
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0)
    const isQcow2 = bytesRead === 32 && buffer.readUInt32BE(0) === magic && buffer.readUInt32BE(4) >= 2
    return isQcow2 ? buffer.readBigUInt64BE(24) : undefined
  } finally {
    await file.close()
  }
}

const upTo = (bytes: bigint, unit: bigint) => ((bytes + unit - 1n) / unit) * unit
