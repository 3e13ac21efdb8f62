import { reattachVm, type Vm } from 'qemu-launch'
import type { NbdServer } from 'qemu-launch/volumes'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { boundaries, dying, type Moment, runElsewhere } from '../support/elsewhere.ts'
import {
  bootGuest,
  connectConsole,
  qemuDisks,
  type RunningGuest,
  recorded,
  startDisk,
  stateDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()
const rounds = process.env.QEMU_LAUNCH_LONG === '1' ? 5 : 1

// The volume has a throttle group, so that each kind of step is there.
const attachSteps = ['object-add', 'object-add', 'blockdev-add', 'device_add']
const detachSteps = ['device_del', 'blockdev-del', 'object-del', 'object-del']

/** Takes the VM up as its owner, and ends by SIGKILL at a boundary of the plan. */
const program = `${dying}
  import { reattachVm } from 'qemu-launch'
  const vm = await reattachVm(name, { stateDir })
  if (verb === 'attach') await vm.volumes.attach(spec, dieAt(step, moment))
  else await vm.volumes.detach(spec.id, dieAt(step, moment))
`

let guest: RunningGuest
let server: NbdServer
let other: NbdServer
let base: Awaited<ReturnType<typeof qemuDisks>>

beforeAll(async () => {
  server = await startDisk()
  other = await startDisk()
  // One vCPU on every QEMU, see `guestConfig`: here a disk comes and goes a hundred times beside I/O.
  guest = await bootGuest({ config: { cpus: 1 } })
  const { vm, console } = guest
  await vm.volumes.attach({ id: 'well', uri: other.uri })
  base = await qemuDisks(vm.qmp)
  const disk = await console.waitForDisk('well')
  // A guest that writes all the time, and leaves a note when one write fails.
  const write = `dd if=/dev/zero of=/dev/${disk} bs=64k count=16 oflag=direct 2>/dev/null`
  await console.check(
    `(while ${write}; do echo >>/tmp/written; done; echo >/tmp/failed) </dev/null >/dev/null 2>&1 &`,
  )
  console.close()
  await vm.detach()
})

afterAll(async () => {
  const vm = await reattachVm(guest.vm.id, { stateDir })
  await vm.kill()
  await server.stop()
  await other.stop()
})

const spec = () => ({ id: 'v', uri: server.uri, limits: { operationsPerSecond: 100_000 } })

async function dieAt(verb: 'attach' | 'detach', step: number, moment: Moment): Promise<void> {
  const values = { stateDir, name: guest.vm.id, verb, spec: spec(), step, moment }
  expect(await runElsewhere(program, values)).toBe('SIGKILL')
}

/** QEMU has exactly what is on record, and nothing of any other volume. */
async function expectAsRecorded(vm: Vm): Promise<void> {
  const disks = await qemuDisks(vm.qmp)
  const has = recorded(vm).some(([id]) => id === 'v')
  expect(disks).toEqual({
    nodes: [...base.nodes, ...(has ? ['nbd-v', 'src-v'] : [])].sort(),
    iothreads: [...base.iothreads, ...(has ? ['ioth-v'] : [])].sort(),
    devices: [...base.devices, ...(has ? ['vdisk-v'] : [])].sort(),
  })
  const objects = (await vm.qmp.execute('qom-list', { path: '/objects' })).map(({ name }) => name)
  expect(objects.includes('thr-v')).toBe(has)
}

async function expectGuestWell(vm: Vm): Promise<void> {
  using console = await connectConsole(vm)
  await console.waitForReady()
  const count = async () => Number(await console.check('wc -l </tmp/written'))
  const before = await count()
  await console.check(`until [ "$(wc -l </tmp/written)" -gt ${before} ]; do :; done; [ ! -e /tmp/failed ]`)
}

describe('the owner is killed in the middle of attach', () => {
  test.each(boundaries(attachSteps))('step %i, %s, %s', async (step, _name, moment) => {
    for (let round = 0; round < rounds; round++) {
      await dieAt('attach', step, moment)
      const vm = await reattachVm(guest.vm.id, { stateDir })
      onTestFinished(() => vm.detach())
      await expectAsRecorded(vm)
      expect(await vm.volumes.attach(spec())).toMatchObject({ state: 'attached' })
      expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
      expect(await qemuDisks(vm.qmp)).toEqual(base)
      if (round === 0) await expectGuestWell(vm)
      await vm.detach()
    }
  })
})

describe('the owner is killed in the middle of detach', () => {
  test.each(boundaries(detachSteps))('step %i, %s, %s', async (step, _name, moment) => {
    for (let round = 0; round < rounds; round++) {
      const first = await reattachVm(guest.vm.id, { stateDir })
      onTestFinished(() => first.detach())
      await first.volumes.attach(spec())
      await first.detach()
      await dieAt('detach', step, moment)
      const vm = await reattachVm(guest.vm.id, { stateDir })
      onTestFinished(() => vm.detach())
      // The guest may let go at any moment from here on; the volume is on record until it has.
      const ended = vm.volumes.detach('v').catch((error: { code?: string }) => error.code)
      expect([{ outcome: 'detached', id: 'v' }, 'VOLUME_NOT_FOUND']).toContainEqual(await ended)
      expect(recorded(vm)).toEqual([['well', 'attached']])
      expect(await qemuDisks(vm.qmp)).toEqual(base)
      await expectAsRecorded(vm)
      if (round === 0) await expectGuestWell(vm)
      await vm.detach()
    }
  })
})
