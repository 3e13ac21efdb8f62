import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Vm } from 'qemu-launch'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshPath } from '../support/qemu.ts'
import { bareConfig, freshName, isRunning, recorded, startDisk, startVm } from '../support/vm.ts'

/** The time for what a whole Debian does once under TCG, on a machine that has other work too. */
const slowMs = 900_000
const limits = { timeoutMs: slowMs }

// The image has no locales beside C.UTF-8 and no SSH.
const userData = `#cloud-config
locale: C.UTF-8
ssh_genkeytypes: []
write_files:
  - path: /etc/seeded
    content: a word from the seed
runcmd:
  - [sh, -c, 'hostname >/var/lib/ran']
`

let vm: Vm

/** The guest that guest/debian.sh builds, on a disk of its own before it. */
function debianGuest() {
  const script = fileURLToPath(new URL('../support/guest/debian.sh', import.meta.url))
  const { status, stdout, stderr } = spawnSync('bash', [script], { encoding: 'utf8' })
  const directory = stdout.trimEnd().split('\n').at(-1)
  if (status !== 0 || !directory) throw new Error(`${script} failed: ${stderr}`)
  const base = join(directory, 'disk.img')
  const path = `${freshPath('debian')}.qcow2`
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base, path])
  return {
    drives: [
      {
        id: 'os',
        source: { type: 'file' as const, path },
        format: 'qcow2' as const,
        backing: { uri: base, format: 'raw' as const },
      },
    ],
    kernel: {
      image: join(directory, 'vmlinuz'),
      initrd: join(directory, 'initrd.img'),
      append: 'root=LABEL=root rw console=ttyS0 panic=-1',
    },
  }
}

beforeAll(async () => {
  vm = await startVm(
    bareConfig({
      name: freshName('debian'),
      memoryMiB: 768,
      cpus: process.env.QEMU_LAUNCH_TEST_QEMU === '10.0' ? 1 : 2,
      guestAgent: true,
      cloudInit: { userData },
      ...debianGuest(),
    }),
  )
  await vm.guest.waitFor(limits)
}, slowMs)

afterAll(async () => {
  if (vm !== undefined && isRunning(vm.pid)) await vm.kill()
})

/** What a program in the guest says; it has to succeed. */
async function run(...argv: [string, ...string[]]): Promise<string> {
  const { stdout, stderr, exitCode } = await vm.guest.exec(argv, limits)
  expect(exitCode, `${argv.join(' ')}\n${stdout}${stderr}`).toBe(0)
  return stdout.trim()
}

test('a Debian guest takes its seed, has its volumes unmounted and detached, and powers down', {
  timeout: 2 * slowMs,
}, async () => {
  // cloud-init has done what the seed says.
  expect(await run('cloud-init', 'status', '--wait', '--long')).toContain('status: done')
  expect(await run('cat', '/etc/seeded')).toBe('a word from the seed')
  expect(await run('cat', '/var/lib/ran')).toBe(vm.id)
  expect(await run('hostname')).toBe(vm.id)
  expect(await run('cat', '/var/lib/cloud/data/instance-id')).toBe(vm.id)

  // udev names a hot-plugged disk by its serial.
  await using server = await startDisk({ parameters: { size: '64M' } })
  await vm.volumes.attach({ id: 'data', uri: server.uri, serial: 'a-serial' })
  const link = '/dev/disk/by-id/virtio-a-serial'
  await run('udevadm', 'wait', '--timeout=300', link)
  const disk = await run('readlink', '-f', link)
  expect(disk).toMatch(/^\/dev\/vd[a-z]$/)
  await run('mkfs.ext4', '-q', link)
  await run('mkdir', '/data')
  await run('mount', link, '/data')

  // A service works on it: the volume stays, and the answer says what holds it.
  await run('systemd-run', '--unit=busy', 'sh', '-c', 'exec 3>/data/held; echo kept >&3; exec sleep infinity')
  await run('sh', '-c', 'until [ -s /data/held ]; do :; done')
  await expect(vm.volumes.detach('data', { unmount: true, waitMs: slowMs })).rejects.toMatchObject({
    code: 'VOLUME_BUSY',
  })
  expect(recorded(vm)).toEqual([['data', 'attached']])
  expect(await run('findmnt', '--noheadings', '--output', 'SOURCE', '/data')).toBe(disk)

  // It is over: the volume is unmounted and goes, link and all, and what was written is on it.
  await run('systemctl', 'stop', 'busy')
  expect(await vm.volumes.detach('data', { unmount: true, waitMs: slowMs })).toEqual({
    outcome: 'detached',
    id: 'data',
  })
  await run('udevadm', 'wait', '--timeout=300', '--removed', link)
  expect(await run('cat', '/proc/mounts')).not.toContain('/data')
  await vm.volumes.attach({ id: 'again', uri: server.uri, serial: 'b-serial', readOnly: true })
  await run('udevadm', 'wait', '--timeout=300', '/dev/disk/by-id/virtio-b-serial')
  await run('mount', '-o', 'ro', '/dev/disk/by-id/virtio-b-serial', '/data')
  expect(await run('cat', '/data/held')).toBe('kept')
  expect(await vm.volumes.detach('again', { unmount: true, waitMs: slowMs })).toMatchObject({
    outcome: 'detached',
  })

  // systemd hears the power button.
  expect(await vm.shutdown(limits)).toMatchObject({ clean: true })
  expect(isRunning(vm.pid)).toBe(false)
})
