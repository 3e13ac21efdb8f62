import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { QgaClient } from 'qemu-launch/qmp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testGuest } from '../support/guest.ts'
import type { GuestConsole } from '../support/guest-console.ts'
import { freshPath, guestAgent } from '../support/qemu.ts'
import { blankFile, bootGuest, type RunningGuest, recorded } from '../support/vm.ts'

let guest: RunningGuest
let agent: QgaClient
let console: GuestConsole

beforeAll(async () => {
  const guestFiles = testGuest()
  const [initrd, port] = [freshPath('i'), freshPath('v')]
  writeFileSync(
    initrd,
    Buffer.concat([readFileSync(guestFiles.initrd), readFileSync(guestAgent().initramfs)]),
  )
  const channel = [
    ...['-chardev', `socket,id=agent,path=${port},server=on,wait=off`, '-device', 'virtio-serial-pci'],
    ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    ...['-blockdev', 'null-co,node-name=twin,size=1048576,read-zeroes=on'],
    ...['-device', 'virtio-blk-pci,drive=twin,serial=twin'],
  ]
  const kernel = { image: guestFiles.kernel, initrd, append: guestFiles.append }
  guest = await bootGuest({ config: { kernel, extraArgs: channel } })
  console = guest.console
  await console.check('/agent/run')
  agent = await QgaClient.connect(`unix:${port}`, { syncTimeoutMs: 30_000 })
})

afterAll(async () => {
  await agent?.close()
  await guest?.[Symbol.asyncDispose]()
})

/** An ext4 in a file of its own; at this offset, in the partition there. */
function ext4File(offsetsMiB?: readonly number[]): string {
  const file = blankFile(32)
  for (const offset of offsetsMiB ?? [0]) {
    const options = offset === 0 ? [] : ['-E', `offset=${offset << 20}`]
    execFileSync('/sbin/mkfs.ext4', ['-q', '-F', ...options, file, '12M'], { stdio: 'pipe' })
  }
  if (offsetsMiB !== undefined) writeFileSync(file, partitionTable(offsetsMiB), { flag: 'r+' })
  return file
}

/** A DOS partition table of Linux partitions, 12 MiB each. */
function partitionTable(offsetsMiB: readonly number[]): Buffer {
  const table = Buffer.alloc(512)
  for (const [index, offset] of offsetsMiB.entries()) {
    const at = 446 + 16 * index
    table[at + 4] = 0x83
    table.writeUInt32LE(offset * 2048, at + 8)
    table.writeUInt32LE(12 * 2048, at + 12)
  }
  table.writeUInt16BE(0x55aa, 510)
  return table
}

/** Attaches a volume, and resolves with the disk's name in the guest. */
async function attach(id: string, file: string): Promise<string> {
  await guest.vm.volumes.attach({ id, uri: file, format: 'raw' })
  return console.waitForDisk(id.replaceAll('-', ''))
}

/** Expects that the agent unmounts it all, and the file systems to be whole. */
async function expectUnmounted(id: string, file: string, disk: string, offsetsMiB: readonly number[] = [0]) {
  expect(await guest.vm.volumes.detach(id, { unmount: agent })).toEqual({ outcome: 'detached', id })
  expect(await console.check('cat /proc/mounts')).not.toContain(disk)
  expect(await console.check('cat /proc/mounts')).not.toContain('/mnt')
  for (const offset of offsetsMiB) {
    const at = offset === 0 ? file : `${file}?offset=${offset << 20}`
    expect(execFileSync('/sbin/debugfs', ['-R', 'cat /file', at], { encoding: 'utf8', stdio: 'pipe' })).toBe(
      'kept\n',
    )
    execFileSync('/sbin/e2fsck', ['-fn', at], { stdio: 'ignore' })
  }
}

/** Expects a refusal in these words, with nothing changed. */
async function expectBusy(id: string, words: RegExp) {
  await expect(guest.vm.volumes.detach(id, { unmount: agent })).rejects.toMatchObject({
    code: 'VOLUME_BUSY',
    message: expect.stringMatching(words),
  })
  expect(recorded(guest.vm)).toEqual([[id, 'attached']])
}

const startProcess = (command: string) =>
  console.check(`setsid sh -c '${command}' >/dev/null 2>&1 & echo $! >/tmp/pid`)
const endProcess = () =>
  console.check('pid=$(cat /tmp/pid); kill -9 -$pid; while readlink /proc/$pid/cwd; do :; done >/dev/null')

test('the guest’s agent unmounts a volume before it goes, and says what holds a busy volume', async () => {
  const file = ext4File()
  const disk = await attach('vol-m', file)
  await console.check(
    `mkdir -p /mnt /mnt2 && mount -t ext4 /dev/${disk} /mnt && mount -t ext4 /dev/${disk} /mnt2 && echo kept >/mnt/file`,
  )
  await console.check('(cd /mnt2 && sleep 1000) >/dev/null 2>&1 &')
  await console.check('until ls -l /proc/*/cwd 2>/dev/null | grep -q /mnt2; do :; done')
  await expectBusy('vol-m', /vol-m .*busy/i)
  await console.check('grep -q /mnt2 /proc/mounts')
  await console.check(
    'for p in /proc/[0-9]*; do [ "$(readlink $p/cwd)" = /mnt2 ] && kill "$(basename $p)"; done; true',
  )
  await expectUnmounted('vol-m', file, disk)
})

test('by whatever name it is mounted', async () => {
  const file = ext4File()
  const disk = await attach('vol-m', file)
  await console.check(
    `mkdir -p /dev/disk/by-id && ln -s ../../${disk} /dev/disk/by-id/virtio-volm && mknod /dev/other b $(tr : ' ' </sys/block/${disk}/dev)`,
  )
  await console.check(
    'mount -t ext4 /dev/disk/by-id/virtio-volm /mnt && mount -t ext4 /dev/other /mnt2 && echo kept >/mnt/file',
  )
  await expectUnmounted('vol-m', file, disk)
  await console.check('rm -r /dev/disk /dev/other')
})

test('wherever it is mounted, however often', async () => {
  const file = ext4File()
  const disk = await attach('vol-m', file)
  const points = ['/mnt', '/mnt 1', '/mnt\t\\040 %s%', '/mnt*', '/mnt?[a-z]', '/mnt\n\n', '/mnt"\'$(id)#']
  const words = points.map((point) => `'${point.replaceAll("'", "'\\''")}'`).join(' ')
  await console.check(`for p in ${words}; do mkdir -p "$p" && mount -t ext4 /dev/${disk} "$p" || exit; done`)
  await console.check(
    `echo kept >/mnt/file && mkdir /mnt/sub && mount --bind /mnt/sub '/mnt 1' && mount --bind /mnt /mnt && touch /tmp/bound && mount --bind /mnt/file /tmp/bound`,
  )
  await console.check(`mount -t ext4 /dev/${disk} /mnt/sub`)
  expect((await console.check(`grep -c ' ext4 ' /proc/self/mountinfo`)).trim()).toBe('11')
  await expectUnmounted('vol-m', file, disk)
})

test('its partitions, nested, in any order of mounting', async () => {
  const offsets = [2, 16]
  const file = ext4File(offsets)
  const disk = await attach('vol-m', file)
  await console.check(
    `mount -t ext4 /dev/${disk}2 /mnt && echo kept >/mnt/file && mkdir /mnt/in && mount -t ext4 /dev/${disk}1 /mnt/in && echo kept >/mnt/in/file && mount -o remount,ro /mnt/in`,
  )
  // The outer one, moved, comes after the inner one.
  await console.check(
    'mkdir /old && mount -t tmpfs none /old && mkdir /old/a && mount --move /mnt /old/a && mount --move /old/a /mnt && umount /old',
  )
  await expectUnmounted('vol-m', file, disk, offsets)
})

test('and what other mount namespaces have of it through this one', async () => {
  const file = ext4File()
  const disk = await attach('vol-m', file)
  await console.check('mount --make-rshared /')
  await startProcess('exec unshare -m --propagation slave sleep 1000')
  await console.check(
    'until [ "$(readlink /proc/$(cat /tmp/pid)/ns/mnt)" != "$(readlink /proc/1/ns/mnt)" ]; do :; done',
  )
  await console.check(
    `mount -t ext4 /dev/${disk} /mnt && echo kept >/mnt/file && grep /mnt /proc/$(cat /tmp/pid)/mounts`,
  )
  await expectUnmounted('vol-m', file, disk)
  await endProcess()
  await console.check('mount --make-rprivate /')
})

test('but takes no other mount for it that covers it or lies below it', async () => {
  const file = ext4File()
  const disk = await attach('vol-m', file)
  await console.check(`mount -t ext4 /dev/${disk} /mnt && echo kept >/mnt/file && mkdir /mnt/sub`)
  await console.check('mount -t tmpfs none /mnt && echo other >/mnt/mine')
  await expectBusy('vol-m', /\/mnt is covered by another mount/)
  await console.check('cat /mnt/mine && umount /mnt')
  await console.check('mount -t tmpfs none /mnt/sub && echo other >/mnt/sub/mine')
  await expectBusy('vol-m', /vol-m .*busy/i)
  await console.check('cat /mnt/sub/mine && umount /mnt/sub')
  await expectUnmounted('vol-m', file, disk)
})

test('a serial number that two disks have is no name for one of them', async () => {
  const file = ext4File()
  await guest.vm.volumes.attach({ id: 'vol-m', uri: file, format: 'raw', serial: 'twin' })
  await console.check('until [ "$(cat /sys/block/vd*/serial)" = twintwin ]; do :; done')
  await expectBusy('vol-m', /vd. and vd. both have the serial number twin/)
  expect(await guest.vm.volumes.detach('vol-m')).toMatchObject({ outcome: 'detached' })
})

test('what else uses a volume is told, and nothing is unmounted', async () => {
  const offsets = [2, 16]
  const disk = await attach('vol-m', ext4File(offsets))
  await console.check(`mount -t ext4 /dev/${disk}1 /mnt && ln -s ${disk}2 /dev/link`)
  const stillMounted = () => console.check(`grep -q '/dev/${disk}1 /mnt ' /proc/mounts`)

  await console.check('mkswap /dev/link && swapon /dev/link')
  await expectBusy('vol-m', /vd.2 is swap/)
  await stillMounted()
  await console.check('swapoff /dev/link')

  await startProcess(`exec sleep 1000 3<>/dev/${disk}2`)
  await expectBusy('vol-m', /process \d+ has vd.2 open for writing/)
  await stillMounted()
  await endProcess()

  await startProcess(`exec sleep 1000 3</dev/${disk}2`)
  expect(await guest.vm.volumes.detach('vol-m', { unmount: agent })).toMatchObject({ outcome: 'detached' })
  await endProcess()
  await console.check('rm /dev/link')
})

test.for([
  ['mounted for others only', 'unshare -m sh -c "mount -t ext4 /dev/$disk /mnt; sleep 1000"', /process \d+/],
  [
    'mounted nowhere, with open files',
    'mount -t ext4 /dev/$disk /mnt; cd /mnt; umount -l /mnt; sleep 1000',
    /file system on vd. is still in use/,
  ],
  [
    'mounted nowhere, a file system that sysfs does not tell of',
    'mkdosfs /dev/$disk; mount -t vfat /dev/$disk /mnt; cd /mnt; umount -l /mnt; sleep 1000',
    /vd. is still in use/,
  ],
] as const)('a volume %s is not taken for free', async ([, use, words]) => {
  const disk = await attach('vol-m', ext4File())
  await startProcess(`disk=${disk}; ${use}`)
  await console.check(`while blockdev --setbsz 4096 /dev/${disk} 2>/dev/null; do :; done`)
  await console.check('while grep -q /mnt /proc/self/mounts; do :; done')
  await expectBusy('vol-m', words)
  await endProcess()
  await console.check(`until blockdev --setbsz 4096 /dev/${disk} 2>/dev/null; do :; done`)
  expect(await guest.vm.volumes.detach('vol-m', { unmount: agent })).toMatchObject({ outcome: 'detached' })
})

test.for([
  ['what is mounted', '/proc', /\/proc\/self\/mountinfo/],
  ['its disks', '/sys', /\/sys\/block/],
] as const)('a guest that does not show %s has not unmounted anything', async ([, directory, words]) => {
  const disk = await attach('vol-m', ext4File())
  await console.check(`mount -t ext4 /dev/${disk} /mnt && mount -t tmpfs none ${directory}`)
  await expectBusy('vol-m', words)
  await console.check(`umount ${directory} && grep /mnt /proc/mounts`)
  expect(await guest.vm.volumes.detach('vol-m', { unmount: agent })).toMatchObject({ outcome: 'detached' })
})
