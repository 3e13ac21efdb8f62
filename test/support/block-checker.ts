import type { NbdClient } from './nbd-client.ts'

import type { Below } from './random.ts'

type Disk = Pick<NbdClient, 'read' | 'write' | 'flush'>

const sectorBytes = 512
const wordsOf = sectorBytes / 4

/** One write to one sector. Two words say which: its number, and the sector. */
interface Write {
  readonly stamp: number
  readonly start: number
  end: number
  /** When a later write had taken its place for sure. */
  deadAt: number
}

const first: Readonly<Write> = { stamp: 0, start: 0, end: 0, deadAt: Number.POSITIVE_INFINITY }

/**
 * Writes and reads at random, overlapping, many at once, and knows of each sector what a read may find: what was confirmed last, and what was
 * under way. A write that failed may have happened.
 */
export class BlockChecker {
  /** Operations that were confirmed. */
  done = 0
  readonly wrong: string[] = []
  readonly #sectors: Write[][]
  readonly #below: Below
  #now = 1
  #stamps = 1

  constructor(sizeBytes: number, below: Below) {
    this.#sectors = Array.from({ length: sizeBytes / sectorBytes }, () => [{ ...first }])
    this.#below = below
  }

  /** Does so many operations, or until the client fails. */
  async run(client: Disk, operations: number, atOnce = 32): Promise<void> {
    let left = operations
    const work = async () => {
      while (left-- > 0) if (!(await this.#one(client))) return
    }
    await Promise.all(Array.from({ length: atOnce }, work))
  }

  /** Compares a whole disk, while nothing is under way. */
  compare(disk: Buffer): void {
    for (let sector = 0; sector < this.#sectors.length; sector++)
      this.#check(disk.subarray(sector * sectorBytes, (sector + 1) * sectorBytes), sector, this.#now++)
    this.#settle(disk)
  }

  async #one(client: Disk): Promise<boolean> {
    const sectors = 1 + this.#below(this.#below(4) === 0 ? 160 : 24)
    const at = this.#below(this.#sectors.length - sectors)
    const kind = this.#below(100)
    if (kind === 0) return this.#count(await client.flush())
    if (kind < 50) return this.#count(await this.#write(client, at, sectors))
    const start = this.#now++
    const data = await client.read(at * sectorBytes, sectors * sectorBytes)
    if (data === undefined) return false
    for (let index = 0; index < sectors; index++)
      this.#check(data.subarray(index * sectorBytes, (index + 1) * sectorBytes), at + index, start)
    return this.#count(true)
  }

  async #write(client: Disk, at: number, sectors: number): Promise<boolean> {
    const stamp = this.#stamps++
    const start = this.#now++
    const data = Buffer.alloc(sectors * sectorBytes)
    const writes: Write[] = []
    for (let index = 0; index < sectors; index++) {
      for (let word = 0; word < wordsOf; word += 2) {
        const offset = index * sectorBytes + word * 4
        data.writeUInt32LE(stamp, offset)
        data.writeUInt32LE(at + index, offset + 4)
      }
      const write = { stamp, start, end: Number.POSITIVE_INFINITY, deadAt: Number.POSITIVE_INFINITY }
      writes.push(write)
      this.#sectors[at + index]?.push(write)
    }
    const isDone = await client.write(at * sectorBytes, data)
    const now = this.#now++
    for (const write of writes) write.end = now
    if (!isDone) return false
    for (const [index, write] of writes.entries()) {
      const known = this.#sectors[at + index] ?? []
      for (const other of known)
        if (other.end < write.start && other.deadAt === Number.POSITIVE_INFINITY) other.deadAt = now
      if (known.length > 64) this.#sectors[at + index] = known.filter(({ deadAt }) => deadAt > now - 5_000)
    }
    return true
  }

  #check(found: Buffer, sector: number, start: number): void {
    const stamp = found.readUInt32LE(0)
    const isWhole = found.equals(Buffer.alloc(sectorBytes, found.subarray(0, 8)))
    const isHere = stamp === 0 || found.readUInt32LE(4) === sector
    const may = this.#sectors[sector]?.some((write) => write.stamp === stamp && write.deadAt > start)
    if (isWhole && isHere && may === true) return
    this.wrong.push(`sector ${sector} has ${stamp} (whole: ${isWhole}, of this sector: ${isHere})`)
  }

  /** After a crash each sector is what it was found to be. */
  #settle(disk: Buffer): void {
    for (let sector = 0; sector < this.#sectors.length; sector++) {
      const stamp = disk.readUInt32LE(sector * sectorBytes)
      this.#sectors[sector] = [{ ...first, stamp }]
    }
  }

  #count(isDone: boolean): boolean {
    if (isDone) this.done++
    return isDone
  }
}
