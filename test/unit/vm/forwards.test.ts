import { expect, test } from 'vitest'
import { parseVmConfig } from '../../../src/vm/index.ts'
import { forwardsOf, readUserNet } from '../../../src/vm/life/forwards.ts'

// As QEMU 7.2 says it.
const answer = `Hub -1 (n0):\r
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r
  TCP[HOST_FORWARD]   9       127.0.0.1 45903       10.0.2.15    22     0     0\r
  TCP[ESTABLISHED]   12       127.0.0.1 45903       10.0.2.15    22     0     0\r
  TCP[HOST_FORWARD]   3               * 39613       10.0.2.20    80     0     0\r
  TCP[HOST_FORWARD]  13               * 39614       10.0.2.20    80     0     0\r
Hub -1 (n1):\r
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r
  UDP[HOST_FORWARD]   8               * 59116       10.0.2.15    53     0     0\r
`

test('reads what a user network connects', () => {
  const found = readUserNet(answer)
  expect(found).toHaveLength(5)
  expect(found[1]).toEqual({
    nic: 'n0',
    protocol: 'tcp',
    state: 'ESTABLISHED',
    source: '127.0.0.1',
    sourcePort: 45903,
    destination: '10.0.2.15',
    destinationPort: 22,
  })
  expect(found[4]).toMatchObject({ nic: 'n1', protocol: 'udp' })
  expect(readUserNet('')).toEqual([])
})

const config = (hostPort: number) =>
  parseVmConfig({
    name: 'v',
    cpus: 1,
    memoryMiB: 64,
    kernel: { image: '/k' },
    nics: [
      {
        type: 'user',
        id: 'n0',
        hostForwards: [
          { hostAddress: '127.0.0.1', hostPort, guestPort: 22 },
          { hostPort: 8000, guestPort: 81 },
          { hostPort, guestAddress: '10.0.2.20', guestPort: 80 },
          { hostAddress: '0.0.0.0', hostPort, guestAddress: '10.0.2.20', guestPort: 80 },
        ].slice(0, hostPort === 0 ? 4 : 2),
      },
      { type: 'user', id: 'n1', hostForwards: [{ protocol: 'udp', hostPort, guestPort: 53 }] },
    ],
  })

test('finds the port of each forward, and asks only where one was left open', async () => {
  let asked = 0
  const execute = async () => {
    asked++
    return answer
  }
  const qmp = { execute } as never
  const ports = async (hostPort: number) =>
    (await forwardsOf(qmp, config(hostPort).nics, 1000)).map((forward) => forward.hostPort)
  expect(await ports(0)).toEqual([45903, 8000, 39613, 39614, 59116])
  expect(asked).toBe(1)
  expect(await ports(2222)).toEqual([2222, 8000, 2222])
  expect(asked).toBe(1)
})
