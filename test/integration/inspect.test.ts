import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { inspectVm, launchVm, listVms, reattachVm, type VmInspection } from 'qemu-launch'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bareConfig, freshName, startVm, testDirectory } from '../support/vm.ts'

const packageRoot = fileURLToPath(new URL('../..', import.meta.url))
const stateDir = testDirectory('i')
const vmRoom = new URL('../../dist/vm/index.js', import.meta.url).href

/** The record of a VM that has been killed. */
async function deadRecord(): Promise<string> {
  const vm = await startVm(bareConfig(), { stateDir })
  await vm.kill()
  return readFile(vm.paths.state, 'utf8')
}

/** A directory for a VM with these files, each made by its function. */
function broken(files: Readonly<Record<string, (path: string) => void>>): string {
  const id = freshName('x')
  mkdirSync(join(stateDir, id), { recursive: true })
  for (const [name, make] of Object.entries(files)) make(join(stateDir, id, name))
  return id
}

const text = (content: string) => (path: string) => writeFileSync(path, content)
const pipe = (path: string) => void execFileSync('mkfifo', [path])
const directory = (path: string) => void mkdirSync(path)
const loop = (path: string) => symlinkSync(path, path)
const huge = (path: string) => {
  writeFileSync(path, '')
  truncateSync(path, 2 ** 40)
}
const socket = async (path: string) => {
  const server = createServer().listen(path)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
}

async function expectBroken(id: string): Promise<VmInspection> {
  const found = await inspectVm(id, { stateDir })
  expect(found).toMatchObject({ state: 'broken', alive: false, volumes: [], fault: expect.any(String) })
  expect((await listVms({ stateDir })).find((vm) => vm.id === id)).toEqual(found)
  await expect(reattachVm(id, { stateDir })).rejects.toMatchObject({
    code: expect.stringMatching(/^VM_(?:STATE|NOT_FOUND)$/),
  })
  return found
}

describe('a directory that is no VM’s', () => {
  test.each([
    ['nothing', {}],
    ['an empty state', { 'state.json': text('') }],
    ['no object', { 'state.json': text('[1, 2]') }],
    ['an object of something else', { 'state.json': text('{"name": "a"}') }],
    ['a state deep as a well', { 'state.json': text('['.repeat(100_000)) }],
    ['bytes', { 'state.json': (path: string) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0, 1, 2])) }],
    ['a pipe for a state', { 'state.json': pipe }],
    ['pipes everywhere', { 'state.json': pipe, 'qemu.pid': pipe, 'qemu.log': pipe, 'console.log': pipe }],
    ['a directory for a state', { 'state.json': directory }],
    ['a loop of links for a state', { 'state.json': loop, 'qemu.pid': loop, 'qemu.log': loop }],
    ['a device for a state', { 'state.json': (path: string) => symlinkSync('/dev/zero', path) }],
    ['a huge state', { 'state.json': huge }],
    ['a huge pid', { 'qemu.pid': huge }],
    ['our own pid', { 'qemu.pid': text(`${process.pid}\n`) }],
    ['the first pid', { 'qemu.pid': text('1\n') }],
    ['no pid', { 'qemu.pid': text('-1\n') }],
  ] as [string, Record<string, (path: string) => void>][])('is told as broken: %s', async (_what, files) => {
    await expectBroken(broken(files))
  })

  test('is told as broken: a socket for a state', async () => {
    const id = broken({})
    await socket(join(stateDir, id, 'state.json'))
    await expectBroken(id)
  })

  test('is told as broken whatever is cut off or changed in its state', async () => {
    const whole = await deadRecord()
    const id = broken({})
    const path = join(stateDir, id, 'state.json')
    const known = ['broken', 'exited']
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 2), fc.string({ maxLength: 3 }), async (at, junk) => {
        writeFileSync(path, whole.slice(0, at))
        expect((await inspectVm(id, { stateDir })).state).toBe('broken')
        writeFileSync(path, whole.slice(0, at) + junk + whole.slice(at + junk.length))
        expect(known).toContain((await inspectVm(id, { stateDir })).state)
      }),
      { numRuns: 200 },
    )
  })

  test('is not taken for one when it is a file or a link, which stays as it is', async () => {
    const file = freshName('file')
    writeFileSync(join(stateDir, file), 'years of work')
    const link = freshName('loop')
    symlinkSync(link, join(stateDir, link))
    for (const id of [file, link]) {
      expect(await inspectVm(id, { stateDir })).toMatchObject({ state: 'broken', fault: expect.any(String) })
      await expect(launchVm(bareConfig({ name: id }), { stateDir })).rejects.toMatchObject({
        code: 'VM_STATE',
      })
    }
    expect(await readFile(join(stateDir, file), 'utf8')).toBe('years of work')
    expect(readdirSync(stateDir)).toContain(link)
  })

  test('is broken to a user who may not read it', async () => {
    const root = mkdtempSync('/tmp/qlt-other-')
    onTestFinished(() => void execFileSync('rm', ['-rf', root]))
    chmodSync(root, 0o755)
    const closed = join(root, 'closed')
    mkdirSync(closed, { mode: 0o700 })
    const half = join(root, 'half')
    mkdirSync(half, { mode: 0o755 })
    writeFileSync(join(half, 'state.json'), '{}', { mode: 0o600 })
    const program = `
      import { inspectVm, listVms } from 'qemu-launch'
      const [stateDir] = process.argv.slice(1)
      const found = [await inspectVm('closed', { stateDir }), await inspectVm('half', { stateDir }), ...(await listVms({ stateDir }))]
      console.log(JSON.stringify(found))`
    // Who is nobody may not read this package where it lies: it is imported before root is given up.
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        program.replace(
          'const [stateDir]',
          `if (process.getuid() === 0) process.setuid(65534)\nconst [stateDir]`,
        ),
        root,
      ],
      { cwd: packageRoot, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    await once(child, 'close')
    const found: VmInspection[] = JSON.parse(out)
    expect(found.map(({ id, state, alive }) => [id, state, alive])).toEqual([
      ['closed', 'broken', false],
      ['half', 'broken', false],
      ['closed', 'broken', false],
      ['half', 'broken', false],
    ])
    expect(found.every(({ fault }) => /EACCES/.test(fault ?? ''))).toBe(true)
  })
})

test('a thousand VMs are listed with few files open, and not much slower than they are read', {
  timeout: 60_000,
}, async () => {
  const many = testDirectory(freshName('thousand'))
  const record = await deadRecord()
  const count = 1_000
  for (let index = 0; index < count; index++) {
    mkdirSync(join(many, `vm${index}`))
    writeFileSync(join(many, `vm${index}`, 'state.json'), record)
  }
  const plainly = async () => {
    const names = await readdir(many)
    return Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(many, name, 'state.json'), 'utf8'))),
    )
  }
  const timed = async (work: () => Promise<unknown[]>) => {
    const began = performance.now()
    expect(await work()).toHaveLength(count)
    return performance.now() - began
  }
  const ratios: number[] = []
  for (let round = 0; round < 5; round++) {
    const floor = await timed(plainly)
    ratios.push((await timed(() => listVms({ stateDir: many }))) / floor)
  }
  const [best = Number.POSITIVE_INFINITY] = ratios.sort((a, b) => a - b)
  expect(best).toBeLessThan(10)

  // Under the least number of open files that a login has.
  const program = `import { listVms } from 'qemu-launch'
    const found = await listVms({ stateDir: process.argv[1] })
    console.log(found.filter(({ state }) => state === 'exited').length)`
  const words = ['--input-type=module', '--eval', program, many]
  const script = 'ulimit -n 256; exec "$@"'
  const out = execFileSync('sh', ['-c', script, 'sh', process.execPath, ...words], { cwd: packageRoot })
  expect(Number(out)).toBe(count)
  expect(existsSync(many)).toBe(true)
})

describe('with hardly a file descriptor left', () => {
  const count = 24

  /** Runs a program with so many descriptors left, and a VM's record under many names in `crowd`; gives what it printed. */
  async function short(program: string, free: number, crowd: string): Promise<string[]> {
    const exhaust = `
      import { closeSync, openSync } from 'node:fs'
      import { launchVm, listVms, probeCapabilities } from ${JSON.stringify(vmRoom)}
      const [free, crowd] = [Number(process.argv[1]), process.argv[2]]
      const config = JSON.parse(process.argv[3])
      const names = Array.from({ length: ${count} }, (_, index) => 'v' + index)
      // What is kept in memory is there then.
      await Promise.all([probeCapabilities(), listVms({ stateDir: crowd })])
      const held = []
      try { for (;;) held.push(openSync('/dev/null')) } catch {}
      for (let index = 0; index < free; index++) closeSync(held.pop())
      ${program}
      for (const fd of held) closeSync(fd)
      console.log(JSON.stringify(found))`
    const words = [
      '--input-type=module',
      '--eval',
      exhaust,
      String(free),
      crowd,
      JSON.stringify(bareConfig()),
    ]
    const child = spawn('sh', ['-c', 'ulimit -n 256; exec "$@"', 'sh', process.execPath, ...words], {
      cwd: packageRoot,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    await once(child, 'close')
    return JSON.parse(out)
  }

  /** A living VM under many names. */
  async function crowded() {
    const crowd = testDirectory(freshName('crowd'))
    const vm = await startVm(bareConfig(), { stateDir })
    onTestFinished(() => void vm.kill())
    const record = JSON.parse(await readFile(vm.paths.state, 'utf8'))
    for (let index = 0; index < count; index++) {
      mkdirSync(join(crowd, `v${index}`))
      writeFileSync(join(crowd, `v${index}`, 'state.json'), JSON.stringify({ ...record, id: `v${index}` }))
    }
    const records = () =>
      Array.from({ length: count }, (_, index) => `v${index}`).map(
        (name) => JSON.parse(readFileSync(join(crowd, name, 'state.json'), 'utf8')).process,
      )
    return { vm, crowd, expectUntouched: () => expect(records()).toEqual(Array(count).fill(record.process)) }
  }

  test.each([1, 2, 4, 8])('no living VM is told as dead, %i free', async (free) => {
    const { crowd } = await crowded()
    const told = await short(
      `const list = await listVms({ stateDir: crowd }).catch(() => [])
       const found = list.map(({ state, fault }) => (fault?.includes('EMFILE') ? 'broken by EMFILE' : state))`,
      free,
      crowd,
    )
    for (const state of told) expect(['alive', 'broken by EMFILE']).toContain(state)
  })

  test.each([8, 26, 30])('no launch takes the place of a living VM, %i free', async (free) => {
    const { vm, crowd, expectUntouched } = await crowded()
    const outcomes = await short(
      `const launches = await Promise.allSettled(names.map((name) => launchVm({ ...config, name }, { stateDir: crowd })))
       const found = launches.map(({ reason }) => reason?.code ?? 'launched')
       for (const { value } of launches) await value?.kill()`,
      free,
      crowd,
    )
    for (const outcome of outcomes)
      expect(['VM_EXISTS', 'VM_STATE', 'PROCESS_UNKNOWN', 'EMFILE']).toContain(outcome)
    expectUntouched()
    expect(vm.state).toBe('running')
  })
})
