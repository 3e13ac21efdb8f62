import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { probeCapabilities, type Vm, type VmConfigInput } from 'qemu-launch'
import { expect, test } from 'vitest'
import { bareConfig, blankFile, freshName, startVm, testDirectory } from '../support/vm.ts'
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
})

test('disks in files have io_uring where it works, unless the config says otherwise', async () => {
  expect((await probeCapabilities('qemu-system-x86_64')).ioUringFault).toBeUndefined()
  await using vm = await startVm(bareConfig({ drives: disks, volumes: [...dataVolumes()] }), { paused: true })
  const all = { open: 'io_uring', direct: 'io_uring', cached: 'io_uring', own: 'threads', data: 'io_uring' }
  expect(engines(vm)).toEqual(all)
})
