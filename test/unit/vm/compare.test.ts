import { expect, test } from 'vitest'
import { compareWithRecord, type QemuContents } from '../../../src/vm/record/compare.ts'
import type { VmRecord, VolumeAttachment } from '../../../src/vm/record/state.ts'
import { parseVolumeSpec } from '../../../src/volumes/index.ts'

const argv = [
  'qemu-system-x86_64',
  ...['-object', 'iothread,id=ioth-os', '-object', 'rng-random,id=rng0,filename=/dev/urandom'],
  ...['-object', '{"qom-type":"iothread","id":"ioth-json"}'],
  ...['-object', 'tls-creds-x509,id=monitor-tls,dir=/etc/tls,endpoint=server'],
  ...['-drive', 'file=/os.img,if=none,id=os', '-blockdev', '{"driver":"null-co","node-name":"base"}'],
  ...['-device', 'pcie-root-port,id=hotplug1,chassis=1,slot=0', '-device', '{"driver":"edu","id":"edu0"}'],
  ...['-device', 'virtio-blk-pci,drive=os'],
]

function record(phase: VolumeAttachment['phase']): VmRecord {
  const spec = parseVolumeSpec({ id: 'v', uri: 'nbds://storage/v', tls: { dir: '/tls' }, bus: 'hotplug1' })
  const attachment = {
    kind: 'volume',
    id: 'v',
    generation: 1,
    phase,
    spec,
    preset: 'safe',
    port: 'hotplug1',
  } as const
  return {
    version: 2,
    id: 'a',
    createdAt: '2026-01-01T00:00:00.000Z',
    // Only the command line and the volumes count.
    config: { drives: [] as unknown[], volumes: [] as unknown[] } as VmRecord['config'],
    argv,
    vcpus: 1,
    ports: ['hotplug1'],
    bootDisks: ['os'],
    attachments: [attachment],
    backups: [],
    generations: 1,
    media: [],
    helpers: [],
    links: {},
    bootServers: [],
    logs: [],
  }
}

const whole: QemuContents = {
  devices: new Map([
    ['hotplug1', undefined],
    ['edu0', undefined],
    ['vdisk-v', 'hotplug1'],
  ]),
  nodes: ['base', '#block123', 'nbd-v'],
  iothreads: ['ioth-os', 'ioth-json', 'ioth-v'],
  tlsCreds: ['monitor-tls', 'tls-v'],
}

const without: QemuContents = {
  devices: new Map([
    ['hotplug1', undefined],
    ['edu0', undefined],
  ]),
  nodes: ['base'],
  iothreads: ['ioth-os', 'ioth-json'],
  tlsCreds: ['monitor-tls'],
}

/** As a forced detach has it. */
const cut: QemuContents = { ...whole, nodes: [...whole.nodes, 'cut-v'] }

test.each([
  ['detaching', cut],
  ['removing', cut],
  ['attached', whole],
  ['attaching', whole],
  ['detaching', whole],
  ['queued', without],
  ['removing', without],
  ['attaching', without],
  ['detaching', without],
] as const)('a volume %s is as it should be', (phase, found) => {
  expect(compareWithRecord(record(phase), found)).toEqual([])
})

test('what is not there is missing', () => {
  expect(compareWithRecord(record('attached'), without)).toEqual([
    { kind: 'device', id: 'vdisk-v', how: 'missing' },
    { kind: 'node', id: 'nbd-v', how: 'missing' },
    { kind: 'iothread', id: 'ioth-v', how: 'missing' },
    { kind: 'tls-creds', id: 'tls-v', how: 'missing' },
  ])
})

test('what nobody wrote down is told', () => {
  const found = {
    devices: new Map([...whole.devices, ['other', undefined]]),
    nodes: [...whole.nodes, 'n2'],
    iothreads: [...whole.iothreads, 'i2'],
    tlsCreds: [...whole.tlsCreds, 'c2'],
  }
  expect(compareWithRecord(record('attached'), found)).toEqual([
    { kind: 'device', id: 'other', how: 'unrecorded' },
    { kind: 'node', id: 'n2', how: 'unrecorded' },
    { kind: 'iothread', id: 'i2', how: 'unrecorded' },
    { kind: 'tls-creds', id: 'c2', how: 'unrecorded' },
  ])
})

test('a disk at another port is told', () => {
  const devices = new Map([...whole.devices, ['vdisk-v', 'hotplug2']])
  expect(compareWithRecord(record('attached'), { ...whole, devices })).toEqual([
    { kind: 'device', id: 'vdisk-v', how: 'elsewhere' },
  ])
})
