import { dirname } from 'node:path'
import type { QmpCommand } from 'qemu-launch'
import { expect } from 'vitest'
import { cli } from '../cli.ts'
import { pick } from '../random.ts'
import { failureOf } from '../vm.ts'
import { abortedAfter, type Bench, holdStill, inWords, kill, settled, type Turn } from './bench.ts'

/** One attach and one detach with something between. Resolves with whether the server still runs and is free. */
type Fault = (bench: Bench, turn: Turn) => Promise<boolean>

const none: Fault = async (bench, turn) => {
  const isHandedOver = bench.below(4) === 0
  await bench.attach(turn, isHandedOver ? turn.server : undefined)
  // Sometimes the guest has no time to find the disk.
  if (bench.below(2) === 0) await bench.seen(turn)
  const listed = (await bench.vm.volumes.list()).find(({ id }) => id === turn.id)
  expect(listed).toMatchObject({ state: 'attached', sizeBytes: 4 * 1024 * 1024 })
  await bench.detach(turn)
  if (isHandedOver) await turn.server.exited
  return !isHandedOver
}

const killedBeforeAttach: Fault = async (bench, turn) => {
  await kill(turn.server)
  await expect(bench.vm.volumes.attach(turn.spec)).rejects.toMatchObject({ code: 'VOLUME_BACKEND' })
  return false
}

const killedDuringAttach: Fault = async (bench, turn) => {
  const step = pick(bench.below, ['object-add', 'blockdev-add', 'device_add'])
  const attach = bench.vm.volumes.attach(
    // QEMU waits as long for a server that is dead.
    { ...turn.spec, openTimeoutSeconds: 1 },
    { signal: bench.never, onStep: ({ execute }) => (execute === step ? kill(turn.server) : undefined) },
  )
  if (step === 'device_add') {
    // A disk whose first sector cannot be read is a disk all the same.
    expect(await attach).toMatchObject({ state: 'attached' })
    await bench.detach(turn, { severed: true })
  } else {
    const expected = { code: 'VOLUME_ATTACH_FAILED', step: 'blockdev-add', clean: true }
    expect(await failureOf(attach)).toMatchObject(expected)
  }
  return false
}

const killedWhileAttached: Fault = async (bench, turn) => {
  await bench.attach(turn, turn.server)
  await bench.seen(turn)
  await kill(turn.server)
  await bench.detach(turn, { severed: true })
  return false
}

const killedWhileDetaching: Fault = async (bench, turn) => {
  await bench.attach(turn)
  await bench.seen(turn)
  const step = pick(bench.below, ['device_del', 'blockdev-del', 'object-del'])
  const onStep = ({ execute }: QmpCommand) => (execute === step ? kill(turn.server) : undefined)
  const outcome = await bench.vm.volumes.detach(turn.id, { signal: bench.never, onStep })
  expect(outcome).toMatchObject({ outcome: 'detached' })
  return false
}

const heldStill: Fault = async (bench, turn) => {
  const hold = (when: 'attach' | 'read' | 'detach') =>
    when === moment ? holdStill(turn.server, 50 + bench.below(200)) : undefined
  const moment = pick(bench.below, ['attach', 'read', 'detach'])
  await Promise.all([hold('attach'), bench.attach(turn)])
  const disk = await bench.seen(turn)
  await Promise.all([
    hold('read'),
    bench.console.check(`dd if=/dev/${disk} of=/dev/null bs=64k skip=40 count=4 2>/dev/null`),
  ])
  await Promise.all([hold('detach'), bench.detach(turn)])
  return true
}

const attachAborted: Fault = async (bench, turn) => {
  const outcome = await abortedAfter(bench.below(60), (signal) =>
    settled(bench.vm.volumes.attach(turn.spec, { signal })),
  )
  if ('value' in outcome) await bench.detach(turn)
  else expect(outcome.error).toMatchObject({ code: 'VOLUME_ABORTED' })
  return true
}

const detachAborted: Fault = async (bench, turn) => {
  await bench.attach(turn)
  if (bench.below(2) === 0) await bench.seen(turn)
  const outcome = await abortedAfter(bench.below(400), (signal) =>
    settled(bench.vm.volumes.detach(turn.id, { signal })),
  )
  if ('error' in outcome) {
    expect(outcome.error).toMatchObject({ code: 'VOLUME_ABORTED' })
    await bench.detachAgain(turn)
  }
  return true
}

const portOccupied: Fault = async (bench, turn) => {
  const port = await bench.attach(turn)
  const other = { ...turn.spec, id: `${turn.id}-other`, bus: port }
  await expect(bench.vm.volumes.attach(other)).rejects.toMatchObject({
    code: 'VOLUME_PORT_OCCUPIED',
    details: { occupant: turn.id, port },
  })
  await bench.detach(turn)
  return true
}

const attachedAlready: Fault = async (bench, turn) => {
  const port = await bench.attach(turn)
  expect(await bench.vm.volumes.attach(turn.spec)).toMatchObject({ id: turn.id, state: 'attached', port })
  const { uri } = bench.witness.server
  await expect(bench.vm.volumes.attach({ ...turn.spec, uri })).rejects.toMatchObject({
    code: 'VOLUME_EXISTS',
  })
  await bench.detach(turn)
  return true
}

const ejectedByGuest: Fault = async (bench, turn) => {
  await bench.attach(turn, turn.server)
  const disk = await bench.seen(turn)
  const told = bench.told('VOLUME_EJECTED', turn)
  // The disk hangs on a virtio device, that on a PCI function, whose slot has a switch.
  await bench.console.check(
    `function=$(basename "$(readlink -f /sys/block/${disk}/device/..)"); ` +
      `slot=$(grep -l "^\${function%.*}$" /sys/bus/pci/slots/*/address); echo 0 >"\${slot%address}power"`,
  )
  await told
  await turn.server.exited
  await expect(bench.vm.volumes.detach(turn.id)).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND' })
  return false
}

const detachedByVisitor: Fault = async (bench, turn) => {
  await bench.attach(turn, turn.server)
  const told = bench.told('VOLUME_DETACHED', turn)
  await bench.visit(async () => {
    const visitor = await bench.visitor()
    const outcome = await visitor.volumes.detach(turn.id, { signal: bench.never })
    await visitor.detach()
    expect(outcome).toEqual({ outcome: 'detached', id: turn.id })
  })
  await told
  await turn.server.exited
  return false
}

const detachedByCommand: Fault = async (bench, turn) => {
  await bench.attach(turn, turn.server)
  const told = bench.told('VOLUME_DETACHED', turn)
  const { id, paths } = bench.vm
  const words = ['detach', id, turn.id, '--state-dir', dirname(paths.dir)]
  expect(await bench.visit(() => cli(words))).toMatchObject({ code: 0, err: '' })
  await told
  await turn.server.exited
  return false
}

const byName = {
  'server killed before the attach': killedBeforeAttach,
  'server killed during the attach': killedDuringAttach,
  'server killed while attached': killedWhileAttached,
  'server killed while detaching': killedWhileDetaching,
  'server held still': heldStill,
  'attach aborted': attachAborted,
  'detach aborted': detachAborted,
  'port occupied': portOccupied,
  'attached already': attachedAlready,
  'ejected by the guest': ejectedByGuest,
  'detached by a visitor': detachedByVisitor,
  'detached by a command': detachedByCommand,
} satisfies Record<string, Fault>

export type FaultName = keyof typeof byName | 'none'
export const faultNames = Object.keys(byName) as FaultName[]

/** A whole turn with this fault; an error says which it was. */
export async function takeTurn(bench: Bench, name: FaultName): Promise<void> {
  const turn = await bench.turn()
  try {
    const serverLives = await (name === 'none' ? none : byName[name])(bench, turn)
    await bench.end(turn, serverLives)
  } catch (error) {
    throw inWords(bench, `${turn.id}, ${name}`, error)
  }
}
