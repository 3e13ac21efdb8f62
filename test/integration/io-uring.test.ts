import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type JsonValue, probeCapabilities, type Vm, type VmConfigInput } from 'qemu-launch'
import { type QmpCommand, startServer, type VolumeSpec } from 'qemu-launch/volumes'
import { expect, test } from 'vitest'
import { bareConfig, blankFile, failureOf, freshName, startVm, testDirectory } from '../support/vm.ts'
import { writeWithoutIoUring } from '../support/without-io-uring.ts'

const raw = () => ({ source: { type: 'file', path: blankFile() }, format: 'raw' }) as const
const disks: NonNullable<VmConfigInput['drives']> = [
  { id: 'open', ...raw() },
  { id: 'direct', aio: 'io_uring', cache: 'none', ...raw() },
  { id: 'cached', aio: 'io_uring', ...raw() },
  { id: 'own', aio: 'threads', ...raw() },
]
const dataVolumes = () => [{ id: 'data', role: 'data', uri: blankFile(), aio: 'io_uring' }] as const

/** What a VM was started with, by drive. */
function engines({ pid }: Vm): Record<string, string | undefined> {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const drives = words.filter((word) => /^file=.*,id=/.test(word))
  const found = drives.map((word) => [/,id=([^,]*)/.exec(word)?.[1], /,aio=([^,]*)/.exec(word)?.[1]])
  const node = words.find((word) => word.includes('"node-name":"nbd-data"')) ?? ''
  return Object.fromEntries([...found, ['data', /"aio":"([^"]*)"/.exec(node)?.[1]]])
}

/** Attaches a file live, and tells by what QEMU reads it. */
async function attachedWith(vm: Vm, volume: Pick<VolumeSpec, 'id' | 'aio' | 'cache'>): Promise<unknown> {
  const files: JsonValue[] = []
  const onStep = ({ execute, arguments: { file = null } }: QmpCommand) => {
    if (execute === 'blockdev-add') files.push(file)
  }
  expect(await vm.volumes.attach({ uri: blankFile(), ...volume }, { onStep })).toMatchObject({
    state: 'attached',
  })
  const [file] = files
  return typeof file === 'object' && file !== null && 'aio' in file ? file.aio : undefined
}

test('a VM whose disks are to have io_uring starts where the kernel forbids it, and says what they have', async () => {
  const binary = join(testDirectory(), freshName('qemu'))
  writeWithoutIoUring(binary, 'qemu-system-x86_64')
  const warnings: string[] = []
  const options = { onWarning: (text: string) => warnings.push(text), paused: true }
  const { version, ioUringFault } = await probeCapabilities(binary)
  // QEMU 9 and 10 fall back to threads by themselves, and tell nobody.
  const isSilent = version.major === 9 || version.major === 10
  const drives = isSilent ? disks.filter(({ aio }) => aio === 'threads') : disks
  const volumes = isSilent ? [] : [...dataVolumes()]
  expect(ioUringFault === undefined).toBe(isSilent)
  await using vm = await startVm(bareConfig({ binary, drives, volumes }), options)
  const others = { open: undefined, direct: 'native', cached: 'threads', data: 'threads' }
  expect(engines(vm)).toEqual({ data: undefined, ...(isSilent ? {} : others), own: 'threads' })
  const told = isSilent ? [] : ['direct has aio=native', 'cached has aio=threads', 'data has aio=threads']
  expect(warnings).toEqual(
    told.map((text) => expect.stringContaining(`io_uring does not work here, disk ${text}`)),
  )
  const limited: string[] = []
  vm.on('VOLUME_LIMITED', ({ data }) => limited.push(data.message))
  expect(await attachedWith(vm, { id: 'live', aio: 'io_uring' })).toBe(isSilent ? 'io_uring' : 'threads')
  expect(await attachedWith(vm, { id: 'hot', aio: 'io_uring', cache: 'none' })).toBe(
    isSilent ? 'io_uring' : 'native',
  )
  expect(await attachedWith(vm, { id: 'slow', aio: 'threads' })).toBe('threads')
  expect(limited).toEqual(
    (isSilent ? [] : ['live has aio=threads', 'hot has aio=native']).map((text) =>
      expect.stringContaining(`io_uring does not work here, disk ${text}`),
    ),
  )
  expect(await vm.discrepancies()).toEqual([])
})

test('disks in files have io_uring where it works, unless the config says otherwise', async () => {
  expect((await probeCapabilities('qemu-system-x86_64')).ioUringFault).toBeUndefined()
  await using vm = await startVm(bareConfig({ drives: disks, volumes: [...dataVolumes()] }), { paused: true })
  const all = { open: 'io_uring', direct: 'io_uring', cached: 'io_uring', own: 'threads', data: 'io_uring' }
  expect(engines(vm)).toEqual(all)
  vm.on('VOLUME_LIMITED', ({ data }) => expect.unreachable(data.message))
  expect(await attachedWith(vm, { id: 'live', aio: 'io_uring' })).toBe('io_uring')
})

test.each([
  ['qemu-nbd', 'qemu-nbd'],
  ['storage-daemon', 'qemu-storage-daemon'],
] as const)(
  '%s that is to have io_uring where the kernel forbids it says what to try',
  async (type, program) => {
    const binary = join(testDirectory(), freshName('server'))
    writeWithoutIoUring(binary, program)
    const spec = { type, file: blankFile(), format: 'raw', binary } as const
    const refused = await failureOf(startServer({ ...spec, aio: 'io_uring' }))
    expect(refused).toMatchObject({
      code: 'VOLUME_BACKEND',
      message: expect.stringContaining(
        '(io_uring does not work here: set aio to threads, or leave it out): ',
      ),
    })
    await using _server = await startServer({ ...spec, aio: 'threads' })
  },
)
