import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { vhostUserDisk } from '../support/stage.ts'
import {
  bareConfig,
  blankFile,
  bootGuest,
  failureOf,
  freshName,
  startVm,
  testDirectory,
} from '../support/vm.ts'

const raw = (path: string) => ({ source: { type: 'file', path }, format: 'raw' }) as const

test('a guest uses SCSI disks and CD-ROMs, on controllers in threads of their own, and a card is without a link until it is given one', async () => {
  const [disk, other, cd, whole, base] = [
    blankFile(8),
    blankFile(8),
    blankFile(2),
    blankFile(4),
    blankFile(4),
  ]
  writeFileSync(whole, Buffer.concat([Buffer.alloc(65536, 'x'), Buffer.from('in the slice')]), { flag: 'r+' })
  writeFileSync(cd, 'this is the CD'.padEnd(1024 * 1024, '\0'))
  const [served, socket] = [blankFile(3), join(testDirectory(), `${freshName('v')}.sock`)]
  const server = spawn('qemu-storage-daemon', vhostUserDisk(socket, `driver=file,filename=${served}`))
  onTestFinished(() => void server.kill())
  await vi.waitUntil(() => existsSync(socket), { timeout: 60_000 })
  await using guest = await bootGuest({
    config: {
      iothreads: [{ id: 'fast' }],
      drives: [
        {
          ...{ id: 'a', interface: 'scsi', serial: 'SCSI-A', wwn: '0x5000C50015EA71AC' },
          ...{ vendor: 'ACME', product: 'Disk, large', rotationRate: 1, ...raw(disk) },
        },
        { id: 'b', interface: 'scsi', iothread: 'fast', logicalBlockSize: 4096, ...raw(other) },
        { id: 'cd0', interface: 'scsi', media: 'cdrom', bootIndex: 1, ...raw(cd) },
        { id: 'cd1', media: 'cdrom', bootIndex: 2 },
        { id: 'part', serial: 'SLICE', slice: { offsetBytes: 65536, sizeBytes: 1048576 }, ...raw(whole) },
        { id: 'user', source: { type: 'vhost-user', path: socket } },
        { id: 'gone', serial: 'GONE', snapshot: true, packed: true, eventIdx: false, ...raw(base) },
      ],
      nics: [{ type: 'user', id: 'net0', link: 'down' }],
    },
  })
  const { console, vm } = guest
  await console.loadModules()
  const threads = await vm.qmp.execute('query-iothreads')
  expect(threads.map(({ id }) => id).sort()).toEqual(['fast', 'ioth-scsi0'])
  expect(await vm.discrepancies()).toEqual([])
  const blocks = await vm.qmp.execute('query-block')
  expect(blocks.map(({ device, inserted }) => [device, inserted !== undefined])).toEqual(
    expect.arrayContaining([
      ['cd0', true],
      ['cd1', false],
    ]),
  )
  const sized = (bytes: number) =>
    console.check(`grep -lx ${bytes} /sys/block/sd?/queue/logical_block_size | cut -d/ -f4`)
  expect(await sized(4096)).toMatch(/^sd[ab]$/)
  const name = await sized(512)
  await console.check(`echo written >/tmp/text; dd if=/tmp/text of=/dev/${name} conv=fsync 2>/dev/null`)
  expect(readFileSync(disk, 'latin1').slice(0, 7)).toBe('written')
  expect(await console.check('head -c 14 /dev/sr0')).toBe('this is the CD')
  const told = await console.check(
    `cd /sys/block/${name}; cat device/vendor device/model device/wwid queue/rotational`,
  )
  expect(told.split('\n').map((line) => line.trim())).toEqual([
    'ACME',
    'Disk, large',
    'naa.5000c50015ea71ac',
    '0',
  ])
  const [slice, gone] = [await console.diskBySerial('SLICE'), await console.diskBySerial('GONE')]
  expect(await console.check(`head -c 12 /dev/${slice}; echo; cat /sys/block/${slice}/size`)).toBe(
    'in the slice\n2048',
  )
  await console.check(`dd if=/tmp/text of=/dev/${gone} conv=fsync 2>/dev/null`)
  expect(await console.check(`head -c 7 /dev/${gone}`)).toBe('written')
  expect(readFileSync(base).every((byte) => byte === 0)).toBe(true)

  const user = await console.check('grep -lx 6144 /sys/block/vd?/size | cut -d/ -f4')
  await console.check(`dd if=/tmp/text of=/dev/${user} conv=fsync 2>/dev/null`)
  expect(readFileSync(served, 'latin1').slice(0, 7)).toBe('written')

  await console.check('ip link set eth0 up')
  // The guest learns of it by an interrupt.
  const carries = (state: string) =>
    console.check(`until [ "$(cat /sys/class/net/eth0/carrier)" = ${state} ]; do sleep 0.05; done`)
  await carries('0')
  for (const [link, seen] of [
    ['up', '1'],
    ['down', '0'],
  ] as const) {
    await vm.nics.set('net0', { link })
    await carries(seen)
  }
  const unknown = vm.nics.set('net9', { link: 'up' })
  expect(await failureOf(unknown)).toMatchObject({ code: 'VM_DEVICE_NOT_FOUND' })
})

test('QEMU refuses what the rules of interfaces refuse, and takes as many CD-ROMs as they allow', async () => {
  const cds = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `cd${index}`, media: 'cdrom' as const }))
  for (const [machine, most] of [
    ['q35', 6],
    ['pc', 4],
  ] as const) {
    await using vm = await startVm(bareConfig({ machine, drives: cds(most), hotplugPorts: 0 }), {
      paused: true,
    })
    expect(await vm.qmp.execute('query-block')).toHaveLength(most)
    const many = bareConfig({ machine, drives: cds(most + 1), hotplugPorts: 0 })
    expect(await failureOf(startVm(many))).toMatchObject({ code: 'VM_CONFIG' })
  }
  for (const name of ['sd', 'mtd', 'scsi'])
    for (const machine of ['q35', 'pc']) {
      const refused = ['-drive', `file=${blankFile()},format=raw,if=${name},id=${freshName('x')}`]
      const launch = startVm(bareConfig({ machine, hotplugPorts: 0, extraArgs: refused }))
      expect(await failureOf(launch)).toMatchObject({
        code: 'VM_LAUNCH',
        message: expect.stringContaining(`machine type does not support if=${name}`),
      })
    }
})
