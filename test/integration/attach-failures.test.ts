import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { QmpCommand, Vm } from 'qemu-launch'
import { applyPlan, type NbdServer, planAttach } from 'qemu-launch/volumes'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  blankFile,
  freshName,
  qemuDisks,
  recorded,
  startDisk,
  startVm,
  testDirectory,
} from '../support/vm.ts'

let vm: Vm
let empty: Awaited<ReturnType<typeof qemuDisks>>

// No guest is needed to see what QEMU takes, refuses and gives back.
beforeEach(async () => {
  vm = await startVm()
  empty = await qemuDisks(vm.qmp)
})

afterEach(async () => {
  await vm.kill()
})

/** A server that is stopped after the VM: one with a client waits for it. */
async function disk(options?: Parameters<typeof startDisk>[0]): Promise<NbdServer> {
  const server = await startDisk(options)
  onTestFinished(() => server.stop())
  return server
}

/** The attach fails as expected and leaves nothing. */
async function expectCleanFailure(attach: Promise<unknown>, expected: object): Promise<void> {
  await expect(attach).rejects.toMatchObject(expected)
  expect(await qemuDisks(vm.qmp)).toEqual(empty)
  expect(recorded(vm)).toEqual([])
}

/** Devices that somebody adds without our knowing. */
async function addForeign(names: { node?: string; device?: string; port?: string; iothread?: string }) {
  const { node = 'foreign', device, iothread, port } = names
  await vm.qmp.execute('blockdev-add', { driver: 'null-co', 'node-name': node })
  if (iothread !== undefined) await vm.qmp.execute('object-add', { 'qom-type': 'iothread', id: iothread })
  if (device !== undefined) {
    const args = { driver: 'virtio-blk-pci', id: device, drive: node, bus: port ?? 'hotplug3', addr: '0x0' }
    await vm.qmp.execute('device_add', args)
  }
  empty = await qemuDisks(vm.qmp)
}

/** A server that begins as told and then says nothing, however long it is waited for. */
async function startSilent(greet: (socket: Socket, connection: number) => void = () => {}) {
  const path = join(testDirectory(), `${freshName('mute')}.sock`)
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    greet(socket, ++count)
  })
  await once(server.listen(path), 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { uri: `nbd:unix:${path}`, connections: () => count }
}

describe('a port', () => {
  test('that holds a volume is refused, naming it', async () => {
    const server = await disk()
    await vm.volumes.attach({ id: 'first', uri: server.uri, bus: 'hotplug3' })
    await expect(vm.volumes.attach({ id: 'second', uri: server.uri, bus: 'hotplug3' })).rejects.toMatchObject(
      {
        code: 'VOLUME_PORT_OCCUPIED',
        details: { port: 'hotplug3', occupant: 'first' },
      },
    )
    expect(recorded(vm)).toEqual([['first', 'attached']])
  })

  test('that does not exist is refused, naming those that do', async () => {
    const server = await disk()
    await expectCleanFailure(vm.volumes.attach({ id: 'v', uri: server.uri, bus: 'hotplug12' }), {
      code: 'VOLUME_NO_PORT',
      message: expect.stringContaining('hotplug11'),
    })
  })

  test.each(['safe', 'hive'] as const)(
    'that holds what somebody else put there is refused (%s)',
    async (preset) => {
      await addForeign({ device: 'foreign', port: 'hotplug3' })
      const server = await disk()
      await expectCleanFailure(
        vm.volumes.attach({ id: 'ours', uri: server.uri, bus: 'hotplug3' }, { preset }),
        { code: 'VOLUME_PORT_OCCUPIED' },
      )
      expect(await vm.volumes.attach({ id: 'ours', uri: server.uri, bus: 'hotplug4' })).toMatchObject({
        state: 'attached',
      })
    },
  )
})

describe('a server', () => {
  test('that is not there is found out before QEMU is told anything', async () => {
    const steps: QmpCommand[] = []
    const volume = { id: 'v', uri: `nbd:unix:${join(testDirectory(), 'nobody.sock')}` }
    await expectCleanFailure(vm.volumes.attach(volume, { onStep: (step) => void steps.push(step) }), {
      code: 'VOLUME_BACKEND',
      message: expect.stringContaining('no such socket'),
    })
    expect(steps).toEqual([])
  })

  test('that accepts and says nothing is given up on, and the VM answers meanwhile', async () => {
    const { uri, connections } = await startSilent()
    const started = performance.now()
    const attach = vm.volumes.attach({ id: 'v', uri })
    let answers = 0
    let over = false
    const settled = attach
      .catch(() => {})
      .finally(() => {
        over = true
      })
    while (!over) {
      await vm.qmp.execute('query-status')
      answers++
      await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 100))])
    }
    await expectCleanFailure(attach, { code: 'VOLUME_BACKEND' })
    expect(performance.now() - started).toBeLessThan(60_000)
    // A QEMU that waited for the server itself would have answered once.
    expect(answers).toBeGreaterThan(3)
    expect(connections()).toBe(1)
  })

  test('that is given up on by the caller leaves nothing', async () => {
    const { uri } = await startSilent()
    const giveUp = AbortSignal.timeout(50)
    await expectCleanFailure(vm.volumes.attach({ id: 'v', uri }, { signal: giveUp }), {
      code: 'VOLUME_ABORTED',
    })
  })

  test('that falls silent when QEMU comes does not hold QEMU for ever', async () => {
    const real = await disk()
    const { uri } = await startSilent()
    const started = performance.now()
    // The plan alone, since a volume of the VM would be tried out first.
    const plan = planAttach({ id: 'v', uri, bus: 'hotplug1' })
    await expect(applyPlan(vm.qmp, plan)).rejects.toMatchObject({
      code: 'VOLUME_ATTACH_FAILED',
      step: 'blockdev-add',
      clean: true,
    })
    expect(performance.now() - started).toBeLessThan(60_000)
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(await vm.volumes.attach({ id: 'v', uri: real.uri })).toMatchObject({ state: 'attached' })
  })
})

describe('a name that somebody else took', () => {
  test.each([
    ['iothread', { iothread: 'ioth-v' }, 'object-add', /duplicate property 'ioth-v'/],
    ['node', { node: 'nbd-v' }, 'blockdev-add', /Duplicate nodes with node-name='nbd-v'/],
    ['device', { device: 'vdisk-v' }, 'device_add', /Duplicate device ID 'vdisk-v'/],
  ])(
    'fails at the %s, keeps the first error, and takes back only what is ours',
    async (_what, names, step, words) => {
      await addForeign(names)
      const server = await disk()
      await expectCleanFailure(vm.volumes.attach({ id: 'v', uri: server.uri, bus: 'hotplug1' }), {
        code: 'VOLUME_ATTACH_FAILED',
        step,
        clean: true,
        refused: true,
        message: expect.stringMatching(words),
        cause: { code: 'QMP_COMMAND_FAILED', command: step },
        details: { vm: vm.id, volume: 'v', leftovers: [] },
      })
    },
  )
})

describe('an attach that is given up', () => {
  test.each([0, 1, 2])('before step %i leaves nothing', async (last) => {
    const server = await disk()
    const giveUp = new AbortController()
    let step = 0
    const onStep = () => {
      // Heard at the next step: the one under way is never cut short.
      if (step++ === last - 1) giveUp.abort(new Error('changed my mind'))
    }
    if (last === 0) giveUp.abort(new Error('changed my mind'))
    await expectCleanFailure(
      vm.volumes.attach({ id: 'v', uri: server.uri }, { signal: giveUp.signal, onStep }),
      { code: 'VOLUME_ABORTED' },
    )
    expect(step).toBe(last)
    expect(await vm.volumes.attach({ id: 'v', uri: server.uri })).toMatchObject({ state: 'attached' })
  })

  test('by what the caller does at a step leaves nothing, and keeps the first error', async () => {
    const server = await disk()
    const cause = new Error('the caller failed')
    const onStep = ({ execute }: QmpCommand) => {
      if (execute === 'device_add') throw cause
    }
    await expectCleanFailure(vm.volumes.attach({ id: 'v', uri: server.uri }, { onStep }), {
      code: 'VOLUME_ATTACH_FAILED',
      cause,
    })
  })

  test('keeps the server that was to be handed over', async () => {
    const server = await disk()
    const onStep = () => Promise.reject(new Error('no'))
    await expect(vm.volumes.attach({ id: 'v', uri: server.uri }, { onStep, server })).rejects.toThrow()
    expect(await vm.volumes.attach({ id: 'v', uri: server.uri })).toMatchObject({ state: 'attached' })
  })
})

describe('a plan of the caller’s own', () => {
  test('whose last step is refused is undone in reverse', async () => {
    const server = await disk()
    const plan = planAttach({ id: 'v', uri: server.uri, bus: 'hotplug1' })
    const bad = { execute: 'device_add', arguments: { driver: 'no-such-device', id: 'vdisk-v' } }
    await expect(applyPlan(vm.qmp, [...plan.slice(0, -1), bad])).rejects.toMatchObject({
      code: 'VOLUME_ATTACH_FAILED',
      step: 'device_add',
      clean: true,
    })
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
  })

  test('names what could not be undone', async () => {
    const server = await disk()
    const plan = planAttach({ id: 'v', uri: server.uri, bus: 'hotplug1' })
    const bad = { execute: 'device_add', arguments: { driver: 'no-such-device' } }
    const onStep = async ({ execute }: QmpCommand) => {
      if (execute !== bad.execute) return
      // Somebody begins to use our node, so that it cannot be taken away.
      await vm.qmp.execute('device_add', {
        driver: 'virtio-blk-pci',
        id: 'foreign',
        drive: 'nbd-v',
        bus: 'hotplug5',
      })
    }
    await expect(applyPlan(vm.qmp, [...plan.slice(0, -1), bad], { onStep })).rejects.toMatchObject({
      clean: false,
      details: {
        leftovers: [
          expect.stringContaining('Node nbd-v is in use'),
          expect.stringContaining('object-del {"id":"ioth-v"} (left'),
        ],
      },
    })
  })
})

test('a file that another VM writes is named', async () => {
  const other = await startVm()
  onTestFinished(() => other.kill().then(() => {}))
  const uri = blankFile()
  await other.volumes.attach({ id: 'vol-a', uri })
  await expectCleanFailure(vm.volumes.attach({ id: 'vol-a', uri }), {
    code: 'VOLUME_ATTACH_FAILED',
    message: expect.stringContaining(`another process uses ${uri}`),
    details: { vm: vm.id, volume: 'vol-a', uri },
  })
})
