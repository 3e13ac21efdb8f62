import { describe, expect, test } from 'vitest'
import { bootDrive, driveSchema } from '../../../src/volumes/drive.ts'

const uri = 'nbd:unix:/run/user/1000/nbd-vol-xxx.sock'
const source = { type: 'nbd', uri }

describe('bootDrive', () => {
  test('gives a boot volume a cache mode, a thread and a queue for each vCPU', () => {
    expect(bootDrive({ name: 'vol-xxx', uri, boot: true }, { vcpus: 2 })).toEqual({
      drive: {
        id: 'os',
        source,
        format: 'raw',
        interface: 'none',
        media: 'disk',
        device: true,
        cache: 'none',
        iothread: 'ioth-os',
        numQueues: 2,
        bootIndex: 1,
      },
      iothread: { id: 'ioth-os' },
    })
  })

  test('makes cloud-init a CD-ROM without thread and cache', () => {
    const drive = {
      id: 'cloudinit',
      source,
      format: 'raw',
      interface: 'virtio',
      media: 'cdrom',
      device: true,
    }
    expect(bootDrive({ name: 'vol-xxx-cloudinit', uri, cloudInit: true }, { vcpus: 2 })).toEqual({ drive })
    expect(bootDrive({ id: 'vol-xxx-cloudinit', uri, role: 'cloud-init' })).toEqual({ drive })
  })

  test('refuses a role that there is not', () => {
    expect(() => bootDrive({ id: 'v', uri, role: 'cloudinit' as 'cloud-init' })).toThrowError(
      /role: "cloudinit" should be one of boot, cloud-init, efi/,
    )
  })

  test('leaves EFI volumes out', () => {
    expect(bootDrive({ id: 'vol-xxx-efi', uri, efi: true })).toBeUndefined()
    expect(bootDrive({ id: 'vol-xxx-efi', uri, role: 'efi' })).toBeUndefined()
  })

  test('takes the format of a file by its ending', () => {
    expect(bootDrive({ id: 'a', uri: '/srv/a.qcow2' })?.drive).toMatchObject({
      format: 'qcow2',
      source: { type: 'file', path: '/srv/a.qcow2' },
    })
    expect(bootDrive({ id: 'a', uri: '/srv/a.img' })?.drive.numQueues).toBeUndefined()
  })

  test('never asks for more queues than QEMU survives', () => {
    expect(bootDrive({ id: 'a', uri }, { vcpus: 4096 })?.drive.numQueues).toBe(1024)
  })

  test('refuses what is neither a server nor a file', () => {
    expect(() => bootDrive({ id: 'a', uri: 'http://x' })).toThrowError(
      expect.objectContaining({ code: 'VOLUME_SPEC' }),
    )
  })

  test('gives drives that the schema takes', () => {
    const boot = bootDrive({ id: 'a', uri }, { vcpus: 2 })
    expect(driveSchema.parse(boot?.drive)).toEqual(boot?.drive)
  })
})
