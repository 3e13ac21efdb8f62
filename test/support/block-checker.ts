import type { NbdClient } from './nbd-client.ts'

import type { Below } from './random.ts'

type Disk = Pick<NbdClient, 'read' | 'write' | 'flush'>

const sectorBytes = 512
/** The number and the sector, over and over. */
const pattern = 8

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
  #waiting: { readonly done: number; readonly resolve: () => void } | undefined
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

  /** Waits until so many operations were confirmed in all, or the work is over. */
  async until(done: number, work: Promise<void>): Promise<void> {
    const isThere = new Promise<void>((resolve) => {
      this.#waiting = { done, resolve }
    })
    await Promise.race([isThere, work])
  }

  /** Compares a whole disk, while nothing is under way. */
  compare(disk: Buffer): void {
    for (let sector = 0; sector < this.#sectors.length; sector++)
      this.#check(disk.subarray(sector * sectorBytes, (sector + 1) * sectorBytes), sector, this.#now++)
    this.#settle(disk)
  }

  async #one(client: Disk): Promise<boolean> {
    const sectors = 1 + this.#below(this.#below(8) === 0 ? 160 : 24)
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
      const from = index * sectorBytes
      data.writeUInt32LE(stamp, from)
      data.writeUInt32LE(at + index, from + 4)
      data.copyWithin(from + pattern, from, from + pattern)
      for (let filled = pattern * 2; filled < sectorBytes; filled *= 2)
        data.copyWithin(from + filled, from, from + filled)
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
    const isWhole = found.compare(found, pattern, sectorBytes, 0, sectorBytes - pattern) === 0
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
    if (this.#waiting !== undefined && this.done >= this.#waiting.done) this.#waiting.resolve()
    return isDone
  }
}
