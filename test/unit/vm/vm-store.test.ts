import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { recordLock } from '../../../src/vm/record/ownership.ts'
import { vmPaths } from '../../../src/vm/record/paths.ts'
import type { VmRecord } from '../../../src/vm/record/state.ts'
import { VmStore } from '../../../src/vm/record/vm-store.ts'
import { plainRecord } from '../../support/record.ts'

/** Changes add to its disks. */
const record: VmRecord = { ...plainRecord, bootDisks: [] }

function place() {
  const stateDir = mkdtempSync(join(tmpdir(), 'store-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true }))
  const paths = vmPaths(stateDir, 'vm')
  mkdirSync(paths.dir, { mode: 0o700 })
  return paths
}

const adding = (id: string) => (now: VmRecord) => ({
  record: { ...now, bootDisks: [...now.bootDisks, id] },
  value: id,
})

test('changes of several processes and calls are all kept, a launch that adds its process among them', async () => {
  const paths = place()
  const launch = new VmStore({ id: 'vm', paths })
  await launch.create(record)
  const others = [1, 2, 3].map(() => new VmStore({ id: 'vm', paths }))
  const changes = others.flatMap((store, index) => [0, 1, 2].map((n) => store.change(adding(`${index}${n}`))))
  await launch.set({ process: { pid: 7, startTime: '1' } })
  expect((await Promise.all(changes)).length).toBe(9)
  const { bootDisks, process } = await launch.read()
  expect(new Set(bootDisks).size).toBe(9)
  expect(process?.pid).toBe(7)
})

test('the first record of a directory that was just made waits for nobody', async () => {
  const store = new VmStore({ id: 'vm', paths: place() })
  using _lock = await recordLock(store.paths)
  await store.begin(record)
  expect(await store.read()).toEqual(record)
})

test('a change that throws, or is aborted before its turn, leaves the record as it is and the others alone', async () => {
  const paths = place()
  const store = new VmStore({ id: 'vm', paths })
  await store.create(record)
  const abort = new AbortController()
  {
    using _lock = await recordLock(paths)
    const calls = [
      store.change(() => {
        throw new Error('no')
      }),
      store.change(adding('a'), abort.signal),
      store.change(adding('b')),
    ]
    abort.abort()
    await expect(calls[1]).rejects.toMatchObject({ code: 'VOLUME_ABORTED' })
    calls[0]?.catch(() => {})
    _lock[Symbol.dispose]()
    await expect(calls[0]).rejects.toThrow('no')
    expect(await calls[2]).toBe('b')
  }
  expect((await store.read()).bootDisks).toEqual(['b'])
})

test('the store of one run neither reads nor changes the record of a later run', async () => {
  const paths = place()
  const store = new VmStore({ id: 'vm', paths, pid: 7 })
  await store.create({ ...record, process: { pid: 8, startTime: '1' } })
  const before = readFileSync(paths.state, 'utf8')
  await expect(store.read()).rejects.toMatchObject({ code: 'VM_NOT_RUNNING' })
  await expect(store.set({ machine: 'q35' })).rejects.toMatchObject({ code: 'VM_NOT_RUNNING' })
  expect(readFileSync(paths.state, 'utf8')).toBe(before)
})

test('a record that is missing, or cannot be understood, is said to be so, and can be replaced', async () => {
  const paths = place()
  const store = new VmStore({ id: 'vm', paths })
  await expect(store.read()).rejects.toMatchObject({ code: 'VM_NOT_FOUND' })
  expect(await store.find()).toBeUndefined()
  writeFileSync(paths.state, '{')
  await expect(store.set({ machine: 'q35' })).rejects.toMatchObject({ code: 'VM_STATE' })
  expect(await store.find()).toBeUndefined()
  await store.create(record)
  expect(await store.read()).toEqual(record)
})

test('a directory is removed after the changes that are being made', async () => {
  const paths = place()
  const store = new VmStore({ id: 'vm', paths })
  await store.create(record)
  const change = new VmStore({ id: 'vm', paths }).change(adding('a'))
  await Promise.all([change, store.remove()])
  await expect(store.read()).rejects.toMatchObject({ code: 'VM_NOT_FOUND' })
})
