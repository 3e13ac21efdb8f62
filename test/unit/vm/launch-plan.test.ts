import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseVmConfig } from '../../../src/vm/config/config.ts'
import { type HostAnswers, type LaunchRequest, planLaunch } from '../../../src/vm/launch/plan.ts'
import { vmPaths } from '../../../src/vm/record/paths.ts'

const base = { name: 'v', cpus: 2, memoryMiB: 64, kernel: { image: '/k' } }
const paths = vmPaths('/run/qemu-launch', 'v')
const host: HostAnswers = {
  accelerator: 'tcg',
  before: { asked: undefined, got: undefined },
  vhost: true,
  runWith: true,
  directory: '/srv',
  now: '2026-01-02T03:04:05.678Z',
}

function plan(config: object = {}, answers: Partial<HostAnswers> = {}, request: Partial<LaunchRequest> = {}) {
  const whole: LaunchRequest = { stateDir: '/run/qemu-launch', paths, ...request }
  return planLaunch(
    frozen(parseVmConfig({ ...base, ...config })),
    frozen(whole),
    frozen({ ...host, ...answers }),
  )
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) frozen(inner)
    Object.freeze(value)
  }
  return value
}

const wordAfter = (argv: readonly string[], option: string) => argv[argv.indexOf(option) + 1]
const tap = { type: 'tap', id: 'n', ifname: 'tap0' }

describe('the plan of a launch', () => {
  test('is the same for the same config, request and answers', () => {
    const volumes = [{ id: 'd', uri: 'd.raw', role: 'data' }]
    expect(plan({ volumes, nics: [tap] })).toEqual(plan({ volumes, nics: [tap] }))
  })

  test('has the record that is written before QEMU starts, with whole paths', () => {
    const { argv, record } = plan({ volumes: [{ id: 'd', uri: 'd.raw', role: 'data' }] })
    expect(record).toMatchObject({ id: 'v', createdAt: host.now, argv, vcpus: 2 })
    expect(record.attachments).toMatchObject([{ spec: { id: 'd', uri: '/srv/d.raw' }, phase: 'attached' }])
  })

  test('has the local caches of a boot disk, of a data volume and of a drive, by names of their own', () => {
    const uri = 'nbd:unix:/run/a.sock'
    const localCache = { directory: '/ssd' }
    const volumes = [
      { id: 'root', uri, localCache, numQueues: 1 },
      { id: 'd', role: 'data', uri, localCache },
    ]
    const drives = [
      { id: 'e', source: { type: 'nbd', uri }, localCache, serial: 's', bootIndex: 3 },
      { id: 'f', source: { type: 'nbd', uri } },
    ]
    const traits = new Map([['/ssd', { isDirect: true, isNative: false }]])
    const { argv, record, vm } = plan({ drives, volumes }, { cacheTraits: traits })
    const files = [...(vm.cacheFiles ?? [])]
    expect(files).toMatchObject([
      ['e', { path: expect.stringMatching(/^\/ssd\/v\+e-/) }],
      [
        'root',
        { path: expect.stringMatching(/^\/ssd\/v\+root-[0-9a-f]{8}\/overlay.qcow2$/), isNative: false },
      ],
      ['d', { path: expect.stringMatching(/^\/ssd\/v\+d-/) }],
    ])
    expect(vm.drives).toMatchObject([{ id: 'f' }])
    expect(record.bootDisks).toEqual(['f'])
    expect(record.attachments).toMatchObject([
      { id: 'e', phase: 'attached', port: 'hotplug1', spec: { uri, removable: false } },
      { id: 'root', phase: 'attached', port: 'hotplug2', spec: { removable: false } },
      { id: 'd', phase: 'attached', port: 'hotplug3', spec: { removable: true } },
    ])
    const disks = argv.filter(
      (_, index) => argv[index - 1] === '-device' && argv[index]?.includes('"virtio-blk'),
    )
    expect(disks.map((word) => JSON.parse(word))).toMatchObject([
      { id: 'vdisk-e', drive: 'nbd-e', bootindex: 3, serial: 's', bus: 'hotplug1', werror: 'stop' },
      { id: 'vdisk-root', drive: 'nbd-root', bootindex: 1, 'num-queues': 1, bus: 'hotplug2', werror: 'stop' },
      { id: 'vdisk-d', drive: 'nbd-d', bus: 'hotplug3', werror: 'stop' },
    ])
    for (const [id, { path }] of files) {
      const attachment = record.attachments.find((each) => each.id === id)
      expect(path).toBe(
        `${attachment && 'cacheDirectory' in attachment ? attachment.cacheDirectory : ''}/overlay.qcow2`,
      )
      expect(argv.some((word) => word.includes(path))).toBe(true)
    }
    const elsewhere = plan({ drives, volumes }, {}, { stateDir: '/srv/other' })
    expect([...(elsewhere.vm.cacheFiles ?? [])]).not.toMatchObject(files)
  })

  test('has disks as they can be read here, and on record as they were asked for', () => {
    const file = (path: string) => ({ source: { type: 'file', path }, format: 'raw' })
    const config = {
      drives: [
        { id: 'a', ...file('/srv/a') },
        { id: 'b', ...file('/dev/vg/b'), cache: 'none' },
        { id: 'c', ...file('/srv/c'), aio: 'io_uring', cache: 'none' },
        { id: 'd', ...file('/srv/d'), interface: 'ide' },
      ],
      volumes: [{ id: 'v', role: 'data', uri: '/srv/v', aio: 'io_uring' }],
    }
    const engines = (ioUring: HostAnswers['ioUring']) => {
      const { argv, record, vm, warnings } = plan(config, { ioUring })
      const node = argv.find((word) => word.includes('nbd-v')) ?? ''
      expect(record.attachments).toMatchObject([{ spec: { aio: 'io_uring' } }])
      return [vm.drives.map(({ aio }) => aio), /"aio":"(\w+)"/.exec(node)?.[1], warnings.length]
    }
    expect(engines('unasked')).toEqual([[undefined, undefined, 'io_uring', undefined], 'io_uring', 0])
    expect(engines({ fault: undefined })).toEqual([
      ['io_uring', undefined, 'io_uring', undefined],
      'io_uring',
      0,
    ])
    expect(engines({ fault: 'no' })).toEqual([[undefined, undefined, 'native', undefined], 'threads', 2])
  })

  test('follows what the host answered', () => {
    expect(wordAfter(plan({ accelerator: 'auto' }, { accelerator: 'kvm' }).argv, '-cpu')).toBe('host')
    const before = { asked: 'q35', got: 'pc-q35-7.2' }
    expect(wordAfter(plan({}, { before }).argv, '-M')).toBe('pc-q35-7.2')
    const user = { process: { user: 'nobody' } }
    expect(plan(user).argv).toContain('-run-with')
    expect(plan(user, { runWith: false }).argv).toContain('-runas')
    const carried = { accelerator: 'kvm', nics: [tap] }
    expect(wordAfter(plan(carried, { accelerator: 'kvm' }).argv, '-netdev')).toContain('vhost=on')
    expect(wordAfter(plan(carried, { accelerator: 'kvm', vhost: false }).argv, '-netdev')).not.toContain(
      'vhost=on',
    )
  })

  test('holds the guest back while it is paused, and says so on record', () => {
    expect(plan().argv).not.toContain('-S')
    const paused = plan({}, {}, { paused: true })
    expect(paused.argv).toContain('-S')
    expect(paused).toMatchObject({ isHeld: true, record: { heldBack: true } })
  })

  test('warns of what the sandbox has to allow', () => {
    expect(plan({ nics: [{ ...tap, script: '/s' }] }).warnings).toEqual([
      'the sandbox allows spawn, for nics[0].script',
    ])
  })
})

test('a config is parsed where it comes in, and nowhere else', () => {
  const root = new URL('../../../src/vm/', import.meta.url)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  const parsing = files.filter((file) =>
    /\b(?:parseVmConfig|parseConfigDocument|resolveVm)\(/.test(readFileSync(new URL(file, root), 'utf8')),
  )
  expect(parsing.sort()).toEqual([
    'argv/argv.ts',
    'clones/clone-vm.ts',
    'clones/create-template.ts',
    'clones/fork.ts',
    'config/config.ts',
    'config/hive.ts',
    'config/resolve.ts',
    'launch/ask-host.ts',
    'launch/keep-running.ts',
    'launch/launch.ts',
    'qemu/capabilities.ts',
    'tune/tune.ts',
  ])
})
