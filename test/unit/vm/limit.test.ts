import { describe, expect, test } from 'vitest'
import { findLimit, type MachineFacts, type Tier, type VolumeFacts } from '../../../src/vm/index.ts'

const idle = { busy: 0.05, waiting: 0.01 }
const busy = { busy: 0.96, waiting: 0.03 }
const starved = { busy: 0.45, waiting: 0.53 }
/** A thread that does little, and waits so long for a CPU each time. */
const waiting = (share: number, delaySeconds: number) => ({ busy: 0.04, waiting: share, delaySeconds })
const machine: MachineFacts = {
  running: true,
  vcpus: [idle, { busy: 0.4, waiting: 0.02 }],
  waiting: 0.05,
  stolen: 0,
}

interface Case {
  readonly inFlight?: number
  readonly operations?: number
  readonly bytes?: number
  readonly isNbd?: boolean
}

const volume = (
  { inFlight = 4, operations = 1000, bytes = operations * 4096, isNbd = true }: Case = {},
  rest: Partial<VolumeFacts> = {},
): VolumeFacts => ({
  id: 'v',
  load: {
    seconds: 3,
    operationsPerSecond: operations,
    bytesPerSecond: bytes,
    meanLatencySeconds: operations === 0 ? undefined : inFlight / operations,
    meanInFlight: inFlight,
    atConnectionLimit: isNbd && inFlight >= 14.4,
  },
  rates: { read: { operations, bytes }, write: { operations: 0, bytes: 0 } },
  iothread: idle,
  server: idle,
  ...rest,
})

const cases: [string, Tier, VolumeFacts, Partial<MachineFacts>?][] = [
  ['a VM that is paused', 'paused', volume(), { running: false }],
  ['a disk that is not used', 'idle', volume({ operations: 0, inFlight: 0 })],
  ['a limit of operations', 'throttle', volume({}, { limits: { operationsPerSecond: 1000 } })],
  [
    'a limit of reads that is just reached',
    'throttle',
    volume({}, { limits: { readOperationsPerSecond: 1100 } }),
  ],
  ['a limit of bytes', 'throttle', volume({}, { limits: { bytesPerSecond: 4_200_000 } })],
  [
    'a limit by which a large operation counts as several',
    'throttle',
    volume(
      { operations: 100, bytes: 100 * 65536 },
      { limits: { operationsPerSecond: 1600, operationBytes: 4096 } },
    ),
  ],
  [
    'a limit of writes, while the guest reads',
    'server',
    volume({}, { limits: { writeOperationsPerSecond: 10 } }),
  ],
  ['a limit that is far away', 'server', volume({}, { limits: { operationsPerSecond: 5000 } })],
  ['16 requests on a connection', 'connection', volume({ inFlight: 31 })],
  [
    '16 requests, which a limit holds up',
    'throttle',
    volume({ inFlight: 31 }, { limits: { operationsPerSecond: 1000 } }),
  ],
  ['as many requests to a file', 'server', volume({ inFlight: 31, isNbd: false })],
  ['a server that is slow and does little', 'server', volume({ inFlight: 8 })],
  ['a server that does all it can', 'server', volume({ inFlight: 1 }, { server: busy })],
  ['a server without a CPU', 'host', volume({ inFlight: 1 }, { server: starved })],
  [
    'a server that is slow, on a host that is busy',
    'server',
    volume({ inFlight: 6, operations: 80 }, { iothread: waiting(0.9, 0.015), server: waiting(0.8, 0.015) }),
  ],
  [
    'requests that wait for a CPU for most of their time, in QEMU and in the server',
    'host',
    volume({ inFlight: 0.8, operations: 40 }, { iothread: waiting(0.2, 0.005), server: waiting(0.3, 0.007) }),
  ],
  [
    'many requests that wait for a CPU',
    'host',
    volume({ inFlight: 20, operations: 1000 }, { iothread: waiting(0.6, 0.012) }),
  ],
  [
    'requests that are as quick as a thread gets a CPU on a host with CPUs to spare',
    'guest-queue',
    volume(
      { inFlight: 0.9, operations: 9000 },
      { iothread: { busy: 0.4, waiting: 0.2, delaySeconds: 0.00006 } },
    ),
  ],
  [
    'a guest that asks one by one, on a host that is busy',
    'guest-queue',
    volume({ inFlight: 0.8, operations: 10 }, { iothread: waiting(0.3, 0.015), server: waiting(0.2, 0.01) }),
  ],
  ['an iothread that does all it can', 'iothread', volume({ inFlight: 8 }, { iothread: busy })],
  ['an iothread without a CPU', 'host', volume({ inFlight: 8 }, { iothread: starved })],
  ['a guest that asks one by one', 'guest-queue', volume({ inFlight: 0.97 })],
  ['a virtqueue that is full', 'guest-queue', volume({ inFlight: 8 }, { queueFill: 1 })],
  ['a vCPU that does all it can', 'vcpu', volume({ inFlight: 0.3 }), { vcpus: [idle, busy] }],
  ['a vCPU without a CPU', 'host', volume({ inFlight: 0.3 }), { vcpus: [starved, idle], waiting: 0.6 }],
  [
    'a vCPU that waits for another thread, which has no CPU',
    'host',
    volume({ inFlight: 0.1 }),
    { vcpus: [idle], waiting: 0.7 },
  ],
  ['a guest that asks one by one and works in between', 'guest-queue', volume({ inFlight: 0.6 })],
  ['a host whose own host is busy', 'host', volume({ inFlight: 0.3 }), { vcpus: [busy], stolen: 0.4 }],
  ['a guest that waits for something else', 'guest', volume({ inFlight: 0.3 })],
  ['a server that says nothing any more', 'server', volume({ operations: 0, inFlight: 0 }, { waiting: 3 })],
  ['one request that has no answer at all', 'guest-queue', volume({ operations: 0, inFlight: 1 })],
]

describe('what holds a volume up is found:', () => {
  test.each(cases)('%s', (_name, tier, facts, rest = {}) => {
    const found = findLimit({ ...machine, ...rest }, facts)
    expect(found.tier).toBe(tier)
    expect(found.why).toMatch(/\S/)
    expect(found.advice).toMatch(/\S/)
  })

  test('whatever is not known of threads and queues', () => {
    const { iothread: _iothread, server: _server, ...bare } = volume({ inFlight: 8 })
    expect(findLimit({ running: true, vcpus: [], waiting: 0, stolen: 0 }, bare).tier).toBe('server')
    expect(
      findLimit({ running: true, vcpus: [], waiting: 0, stolen: 0 }, volume({ inFlight: 0.2 })).tier,
    ).toBe('guest')
  })
})
