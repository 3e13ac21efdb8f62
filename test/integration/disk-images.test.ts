import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { cloneDisk, convertImage, createImage, createOverlay, imageInfo, resizeImage } from 'qemu-launch'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cli } from '../support/cli.ts'
import { bareConfig, failureOf, freshName, startVm, testDirectory } from '../support/vm.ts'

const mib = 1024 * 1024
const place = (ending: string, directory = testDirectory()) => join(directory, `${freshName('d')}.${ending}`)
const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
const filesBeside = (path: string) =>
  readdirSync(dirname(path)).filter((name) => name.includes(basename(path)))

/** A raw disk with something at its beginning and at its end. */
function disk(sizeMiB = 4, directory?: string): string {
  const path = place('img', directory)
  writeFileSync(path, 'BEGIN')
  truncateSync(path, sizeMiB * mib - 3)
  writeFileSync(path, 'END', { flag: 'a' })
  return path
}

const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
const [run = '', ...before] = [...asRoot, 'env']
const xfs = join(testDirectory(), 'xfs')

beforeAll(() => {
  mkdirSync(xfs)
  const file = `${xfs}.img`
  writeFileSync(file, '')
  truncateSync(file, 320 * mib)
  execFileSync('mkfs.xfs', ['-q', file])
  execFileSync(run, [...before, 'mount', '-o', 'loop', file, xfs])
  execFileSync(run, [...before, 'chmod', '777', xfs])
})

afterAll(() => {
  execFileSync(run, [...before, 'umount', xfs])
})

test('an image is made, read, enlarged, copied to another format and shrunk', async () => {
  const path = place('qcow2')
  await createImage(path, { sizeBytes: 8 * mib })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  await resizeImage(path, { sizeBytes: 16 * mib })
  expect(await imageInfo(path)).toMatchObject({ path, format: 'qcow2', virtualSizeBytes: 16 * mib })
  const raw = place('img')
  await convertImage(path, raw)
  expect(statSync(raw).size).toBe(16 * mib)
  expect(await failureOf(resizeImage(raw, { sizeBytes: mib }))).toMatchObject({ code: 'VOLUME_IMAGE_FAILED' })
  await resizeImage(raw, { sizeBytes: mib, shrink: true })
  expect(statSync(raw).size).toBe(mib)
})

test('an image that is there is never written over, and nothing is left of a failed one', async () => {
  const there = disk()
  const old = hash(there)
  const thereOnXfs = disk(4, xfs)
  const made = [
    () => createImage(there, { sizeBytes: mib }),
    () => createOverlay(there, { backing: disk() }),
    () => convertImage(disk(), there),
    ...(['reflink', 'overlay', 'copy'] as const).map(
      (method) => () => cloneDisk(disk(4, xfs), thereOnXfs, { method }),
    ),
  ]
  for (const work of made) expect(await failureOf(work())).toMatchObject({ code: 'VOLUME_IMAGE_EXISTS' })
  expect(hash(there)).toBe(old)
  const nowhere = join(testDirectory(), 'none', 'a.qcow2')
  expect(await failureOf(createImage(nowhere, { sizeBytes: mib }))).toMatchObject({
    code: 'VOLUME_IMAGE_FAILED',
  })
  const target = place('qcow2')
  const missing = createOverlay(target, { backing: place('img') })
  expect(await failureOf(missing)).toMatchObject({ code: 'VOLUME_IMAGE_FAILED' })
  expect(filesBeside(target)).toEqual([])
})

test('a copy tells how far it is, and an aborted one leaves nothing', async () => {
  const source = place('img')
  execFileSync('dd', ['if=/dev/urandom', `of=${source}`, 'bs=1M', 'count=128', 'status=none'])
  const progress: number[] = []
  const target = place('qcow2')
  await convertImage(source, target, { onProgress: (done) => progress.push(done) })
  expect(progress.at(-1)).toBe(1)
  expect(progress.length).toBeGreaterThan(2)
  expect(progress).toEqual(progress.toSorted((a, b) => a - b))
  const abort = new AbortController()
  const stopped = place('qcow2')
  const onProgress = (done: number) => {
    if (done > 0) abort.abort()
  }
  const aborted = convertImage(source, stopped, { signal: abort.signal, onProgress })
  expect(await failureOf(aborted)).toMatchObject({ code: 'VOLUME_ABORTED' })
  expect(filesBeside(stopped)).toEqual([])
})

test('a disk is cloned by what its file system has: a reflink on XFS, an overlay on ext4, and each reads as its source', async () => {
  for (const [directory, method] of [
    [xfs, 'reflink'],
    [testDirectory(), 'overlay'],
  ] as const) {
    const source = disk(4, directory)
    const old = hash(source)
    const clone = await cloneDisk(source, place(method === 'overlay' ? 'qcow2' : 'img', directory))
    expect(clone).toMatchObject({ method, format: method === 'overlay' ? 'qcow2' : 'raw' })
    const back = place('img')
    await convertImage(clone, back)
    expect(hash(back)).toBe(old)
    // The clone is written, and the source is not.
    execFileSync('qemu-io', ['-f', clone.format, '-c', 'write -P 7 0 64k', clone.path])
    expect(hash(source)).toBe(old)
    expect(statSync(clone.path).mode & 0o777).toBe(0o600)
  }
  const alone = await cloneDisk(disk(), place('img'), { method: 'copy' })
  expect(alone).toMatchObject({ method: 'copy', format: 'raw' })
  const asked = cloneDisk(disk(), place('img'), { method: 'reflink' })
  expect(await failureOf(asked)).toMatchObject({ code: 'VOLUME_IMAGE_FAILED' })
})

test.each([
  ['raw', 4 * mib],
  ['raw', 1_000_001],
  ['raw', 0],
  ['qcow2', 513 * mib],
  ['qcow2', 40 * 1024 ** 4],
])('an overlay on a %s disk of %d bytes is as qemu-img makes it', async (format, sizeBytes) => {
  const base = place(format === 'raw' ? 'img' : 'qcow2')
  writeFileSync(base, '')
  truncateSync(base, format === 'raw' ? sizeBytes : 0)
  if (format === 'qcow2') execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', base, String(sizeBytes)])
  const [ours, theirs] = [place('qcow2'), place('qcow2')]
  await createOverlay(ours, { backing: base })
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', format, theirs])
  const told = (path: string) => {
    const {
      children: _,
      filename: __,
      ...info
    } = JSON.parse(execFileSync('qemu-img', ['info', '--output=json', path], { encoding: 'utf8' }))
    return { ...info, 'actual-size': 0 }
  }
  expect(told(ours)).toEqual(told(theirs))
  expect(statSync(ours).size).toBe(statSync(theirs).size)
  execFileSync('qemu-img', ['check', '-q', ours])
  if (sizeBytes < mib) return
  const patterns = ['-c', `write -P 7 ${sizeBytes - mib} 64k`, '-c', `read -P 7 ${sizeBytes - mib} 64k`]
  execFileSync('qemu-io', ['-f', 'qcow2', ...patterns, ours])
  execFileSync('qemu-img', ['check', '-q', ours])
})

test('a clone of a clone stands on both, and neither opens what nobody has said', async () => {
  const base = disk()
  const one = await createOverlay(place('qcow2'), { backing: base })
  const two = await cloneDisk(one, place('qcow2'), { method: 'overlay' })
  expect(two.backing).toMatchObject({ uri: one.path, backing: { uri: base } })
  const back = place('img')
  await convertImage(two, back)
  expect(hash(back)).toBe(hash(base))
  const unsaid = convertImage({ path: one.path }, place('img'))
  expect(await failureOf(unsaid)).toMatchObject({ code: 'VOLUME_SPEC' })
  const inside = cloneDisk({ path: place('img'), format: 'qcow2' }, place('qcow2'))
  expect(await failureOf(inside)).toBeInstanceOf(Error)
})

test.each([
  ['raw', xfs],
  ['qcow2', ''],
])('a %s disk that a VM may write is not cloned, copied or resized', async (format, where) => {
  const path = place(format === 'raw' ? 'img' : 'qcow2', where || undefined)
  await createImage(path, { sizeBytes: 4 * mib })
  const config = bareConfig({
    drives: [{ id: 'os', source: { type: 'file', path }, format: format as 'raw' }],
  })
  const vm = await startVm(config)
  try {
    const works = [
      () => cloneDisk(path, place('img', where || undefined)),
      () => createOverlay(place('qcow2'), { backing: path }),
      () => convertImage(path, place('img')),
      () => resizeImage(path, { sizeBytes: 8 * mib }),
    ]
    for (const work of works) expect(await failureOf(work())).toMatchObject({ code: 'VOLUME_BUSY' })
    expect(await imageInfo(path)).toMatchObject({ virtualSizeBytes: 4 * mib })
  } finally {
    await vm.kill()
  }
  expect(await cloneDisk(path, place('qcow2', where || undefined))).toBeDefined()
})

test('the command makes an image, says what it is, and how a disk was cloned', async () => {
  const path = place('qcow2')
  expect(await cli(['image', 'create', path, '--size', '10M'])).toMatchObject({ code: 0 })
  const info = await cli(['image', 'info', path, '--json'])
  expect(JSON.parse(info.out)).toMatchObject({ format: 'qcow2', virtualSizeBytes: 10 * mib })
  const clone = await cli(['image', 'clone', path, place('qcow2')])
  expect(clone.out).toContain('by overlay, which must not change from now on')
  expect(await cli(['image', 'create', path, '--size', '10M'])).toMatchObject({ code: 1 })
  expect(await cli(['image', 'create', path])).toMatchObject({ code: 2 })
})
