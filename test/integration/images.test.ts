import { execFileSync } from 'node:child_process'
import { copyFileSync, openSync, symlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { launchVm, type Vm, type VmConfigInput } from 'qemu-launch'
import { startServer } from 'qemu-launch/volumes'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  bareConfig,
  blankFile,
  failureOf,
  freshName,
  startDisk,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const place = (ending: string) => join(testDirectory(), `${freshName('i')}.${ending}`)

/** An image, with what its header is to name. */
function image(ending = 'qcow2', { backing, options }: { backing?: string; options?: string } = {}): string {
  const path = place(ending)
  const format = ending === 'vmdk' ? 'vmdk' : 'qcow2'
  const words = [
    ...(options === undefined ? [] : ['-o', options]),
    ...(backing === undefined ? [] : ['-u', '-b', backing, '-F', 'raw']),
  ]
  execFileSync('qemu-img', ['create', '-q', '-f', format, ...words, path, '2M'])
  return path
}

/** A file of the host that no guest may see. */
function secret(): string {
  const path = blankFile()
  writeSync(openSync(path, 'r+'), 'TOP-SECRET')
  return path
}

const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
const [run = '', ...before] = [...asRoot, 'env']
const loops: string[] = []
function loop(...words: string[]): string {
  const device = execFileSync(run, [...before, 'losetup', '-f', '--show', ...words, blankFile()], {
    encoding: 'utf8',
  }).trim()
  loops.push(device)
  if (asRoot.length > 0) execFileSync(run, [...before, 'chmod', '666', device])
  return device
}

afterEach(() => {
  for (const device of loops.splice(0)) execFileSync(run, [...before, 'losetup', '-d', device])
})

/** How it is refused: by name, before QEMU is told. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await failureOf(work)
  expect(error).toMatchObject({ code: expect.stringMatching(/^(VOLUME_BACKEND|VM_CONFIG)$/) })
  return (error as Error).message
}

/** Each way to open an image, which has to end in the same. */
const ways = (vm: () => Vm) => ({
  live: async (spec: { uri: string; format?: 'raw' | 'qcow2'; backing?: null }) => {
    const id = freshName('v')
    await vm().volumes.attach({ id, readOnly: true, ...spec })
  },
  drive: ({ uri: path, ...rest }: { uri: string; format?: 'raw' | 'qcow2'; backing?: null }) =>
    once({ drives: [{ id: 'os', source: { type: 'file', path }, ...rest }] }),
  boot: (spec: { uri: string; format?: 'raw' | 'qcow2'; backing?: null }) =>
    once({ drives: [], volumes: [{ id: 'b', role: 'boot', ...spec }] }),
  data: (spec: { uri: string; format?: 'raw' | 'qcow2'; backing?: null }) =>
    once({ volumes: [{ id: 'd', role: 'data', ...spec }] }),
  'qemu-nbd': async ({ uri: file, ...rest }: { uri: string; format?: 'raw' | 'qcow2'; backing?: null }) => {
    await using _ = await startServer({ type: 'qemu-nbd', file, ...rest }, { exitWithParent: true })
  },
  'storage-daemon': async ({
    uri: file,
    ...rest
  }: {
    uri: string
    format?: 'raw' | 'qcow2'
    backing?: null
  }) => {
    await using _ = await startServer({ type: 'storage-daemon', file, ...rest }, { exitWithParent: true })
  },
})

async function once(config: Partial<VmConfigInput>): Promise<void> {
  const vm = await startVm(bareConfig(config))
  await vm.kill()
}

describe('what is in an image', () => {
  let vm: Vm
  beforeAll(async () => {
    process.env.TMPDIR = testDirectory('t')
    vm = await startVm()
  })
  afterAll(async () => {
    await vm.kill()
  })

  it.each(Object.keys(ways(() => vm)) as (keyof ReturnType<typeof ways>)[])(
    'never chooses what is opened (%s)',
    async (way) => {
      const open = ways(() => vm)[way]
      const victim = secret()
      // The format is not what the name says.
      const cloud = image('img')
      expect(await refusal(open({ uri: cloud }))).toContain('set "format": "qcow2"')
      await open({ uri: cloud, format: 'raw' })
      await open({ uri: cloud, format: 'qcow2' })
      // The header names other files.
      for (const backing of [victim, `json:{"driver":"file","filename":"${victim}"}`]) {
        const overlay = image('qcow2', { backing })
        expect(await refusal(open({ uri: overlay }))).toMatch(/names the backing file .*set "backing"/)
        await open({ uri: overlay, backing: null })
      }
      const data = image('qcow2', { options: `data_file=${place('data')}` })
      expect(await refusal(open({ uri: data }))).toContain('keeps its data in another file')
      // What is no disk would stop QEMU for ever.
      const pipe = place('pipe')
      execFileSync('mkfifo', [pipe])
      expect(await refusal(open({ uri: pipe }))).toContain('is no disk')
      expect(await refusal(open({ uri: '/dev/zero', format: 'raw' }))).toContain('is no disk')
    },
  )

  it('gives the guest what the config says an image stands on, and nothing its header names', async () => {
    const [said, named] = [secret(), secret()]
    const overlay = image('qcow2', { backing: named })
    await vm.volumes.attach({
      id: 'said',
      uri: overlay,
      readOnly: true,
      backing: { uri: said, format: 'raw' },
    })
    await vm.volumes.attach({ id: 'ended', uri: overlay, readOnly: true, backing: null })
    const nodes = await vm.qmp.execute('query-named-block-nodes')
    const files = nodes.map(({ file }) => file)
    expect(files).toContain(said)
    expect(files).not.toContain(named)
    const boot = await startVm(
      bareConfig({
        drives: [
          {
            id: 'os',
            source: { type: 'file', path: overlay },
            readOnly: true,
            backing: { uri: said, format: 'raw' },
          },
        ],
      }),
    )
    const atBoot = (await boot.qmp.execute('query-named-block-nodes')).map(({ file }) => file)
    await boot.kill()
    expect(atBoot).toContain(said)
    expect(atBoot).not.toContain(named)
  })

  it('is not asked for on a server either', async () => {
    const file = image('qcow2', { backing: secret() })
    await using server = await startDisk({ plugin: 'file', parameters: { file } })
    const other = await startVm(
      bareConfig({ drives: [{ id: 'os', source: { type: 'nbd', uri: server.uri } }] }),
    )
    const [disk] = await other.qmp.execute('query-block')
    await other.kill()
    expect(disk?.inserted).toMatchObject({ drv: 'raw' })
  })

  it.each([
    [
      'another file with its data',
      () => image('qcow2', { options: `data_file=${place('data')}` }),
      'keeps its data in another file',
    ],
    ['a file to stand on', () => image('qcow2', { backing: secret() }), 'names the backing file'],
  ])('that a server has is not opened with %s, which its header names', async (_what, make, words) => {
    await using server = await startDisk({ plugin: 'file', parameters: { file: make() } })
    const drive = { id: 'os', source: { type: 'nbd', uri: server.uri }, format: 'qcow2' } as const
    const refused = await refusal(once({ drives: [drive] }))
    expect(refused).toContain('drives[0].')
    expect(refused).toContain(words)
  })

  it('works for a block device as for a file, by what it is and not by its name', async () => {
    const link = place('raw')
    symlinkSync(loop(), link)
    const shared = `/dev/shm/${freshName('s')}.raw`
    copyFileSync(blankFile(), shared)
    for (const uri of [link, `file://${loop()}`, loop('-b', '4096'), shared]) {
      const id = freshName('l')
      await vm.volumes.attach({ id, uri, cache: 'none', readOnly: true })
      await using served = await startServer(
        { type: 'storage-daemon', file: uri.replace('file://', ''), readOnly: true },
        { exitWithParent: true },
      )
      expect(served.sizeBytes).toBe(1048576n)
    }
    const kinds = (await vm.qmp.execute('query-named-block-nodes')).filter(({ file }) =>
      [link, shared].includes(file),
    )
    expect(new Set(kinds.map(({ drv }) => drv))).toEqual(new Set(['raw', 'host_device', 'file']))
    execFileSync('rm', [shared])
    await once({
      drives: [{ id: 'os', source: { type: 'file', path: loop() } }],
      volumes: [{ id: 'd', role: 'data', uri: loop() }],
    })
  })

  it('has the block sizes that were said, live and at boot', async () => {
    const sized = { logicalBlockSize: 4096, physicalBlockSize: 8192 }
    const other = await startVm(
      bareConfig({
        drives: [
          {
            id: 'os',
            deviceId: 'os-disk',
            source: { type: 'file', path: blankFile() },
            logicalBlockSize: 4096,
          },
        ],
        volumes: [{ id: 'd', role: 'data', uri: blankFile(), ...sized }],
      }),
    )
    await other.volumes.attach({ id: 'live', uri: blankFile(), ...sized })
    const get = (device: string, property: string) =>
      other.qmp.execute('qom-get', { path: `/machine/peripheral/${device}`, property })
    const found = await Promise.all(
      ['os-disk', 'vdisk-d', 'vdisk-live'].map(async (device) => [
        await get(device, 'logical_block_size'),
        await get(device, 'physical_block_size'),
      ]),
    )
    await other.kill()
    expect(found).toEqual([
      [4096, 4096],
      [4096, 8192],
      [4096, 8192],
    ])
  })
})

describe('firmware', () => {
  const flash = (format: 'raw' | 'qcow2', ending: string) => {
    const files = { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', vars: '/usr/share/OVMF/OVMF_VARS_4M.fd' }
    return Object.fromEntries(
      Object.entries(files).map(([key, file]) => {
        const path = place(ending)
        execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, file, path])
        return [key, path]
      }),
    )
  }

  it('in qcow2 is opened as that when it is said, by word or ending, and refused by name else', async () => {
    const wrong = launchVm(bareConfig({ firmware: { type: 'uefi', ...flash('qcow2', 'fd') } }), {
      stateDir: stateDirectory(),
    })
    expect(await refusal(wrong)).toMatch(/firmware.*set "format": "qcow2"/)
    for (const firmware of [{ format: 'qcow2' as const, ...flash('qcow2', 'fd') }, flash('qcow2', 'qcow2')]) {
      const vm = await startVm(bareConfig({ firmware: { type: 'uefi', ...firmware } }))
      const chips = (await vm.qmp.execute('query-block')).filter(({ device }) => device.startsWith('pflash'))
      await vm.kill()
      expect(chips.map(({ inserted }) => inserted?.drv)).toEqual(['qcow2', 'qcow2'])
    }
  })

  it('has its variables where there is a directory for them', async () => {
    const vars = join(testDirectory(), freshName('none'), 'vars.fd')
    const wrong = launchVm(bareConfig({ firmware: { type: 'uefi', vars } }), { stateDir: stateDirectory() })
    expect(await refusal(wrong)).toContain('there is no directory')
  })
})
