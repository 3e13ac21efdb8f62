import { expect, test } from 'vitest'
import { BlockChecker } from '../support/block-checker.ts'
import { random } from '../support/random.ts'

const sizeBytes = 512 * 1024

/** A disk in memory, whose requests end in any order; one write of each `lose` is confirmed and not done. */
function disk(lose = 0) {
  const bytes = Buffer.alloc(sizeBytes)
  let writes = 0
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const client = {
    async read(offset: number, length: number) {
      await turn()
      return Buffer.from(bytes.subarray(offset, offset + length))
    },
    async write(offset: number, data: Buffer) {
      await turn()
      if (lose === 0 || ++writes % lose !== 0) data.copy(bytes, offset)
      await turn()
      return true
    },
    async flush() {
      return true
    },
  }
  return { bytes, client }
}

test('a disk that keeps what was written is found right, and a disk that loses writes is not', async () => {
  for (const lose of [0, 50]) {
    const { bytes, client } = disk(lose)
    const checker = new BlockChecker(sizeBytes, random(1))
    await checker.run(client, 2_000)
    checker.compare(bytes)
    expect(checker.done).toBe(2_000)
    expect(checker.wrong.length > 0).toBe(lose > 0)
  }
})
