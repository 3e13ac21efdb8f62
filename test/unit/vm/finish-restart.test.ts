import { expect, test, vi } from 'vitest'
import { VmError } from '../../../src/vm/errors.ts'
import { finishRestart } from '../../../src/vm/life/finish-restart.ts'
import type { Vm } from '../../../src/vm/life/roles.ts'

/** A VM in a restart that is to attach these; what cannot be attached says why. */
function inRestart(queued: { id: string; kind: string; why?: string | Error }[], begins = true) {
  const did: string[] = []
  const attachQueued = async ({ id }: { id: string }) => {
    did.push(id)
    const why = queued.find((each) => each.id === id)?.why
    if (why instanceof Error) throw why
    return why
  }
  const attachments = [
    { kind: 'volume', id: 'there', phase: 'attached' },
    ...queued.map(({ id, kind }) => ({ kind, id, phase: 'queued' })),
  ]
  const set = vi.fn(async () => {})
  const vm = {
    state: 'prelaunch',
    ledger: { read: async () => ({ attachments, begins }), set },
    ...{ volumes: { attachQueued }, nics: { attachQueued }, devices: { attachQueued } },
    resume: async () => void did.push('resume'),
  }
  const lost: unknown[] = []
  const finish = () => finishRestart(vm as unknown as Vm, (event) => lost.push(event))
  return { did, finish, lost, set }
}

test('the guest begins when all that is queued is attached or lost', async () => {
  const queued = [
    { id: 'a', kind: 'volume' },
    { id: 'n', kind: 'nic', why: 'no bridge' },
    { id: 'd', kind: 'device', why: 'no such driver' },
    { id: 'b', kind: 'volume', why: 'no server' },
  ]
  const { did, finish, lost, set } = inRestart(queued)
  await finish()
  expect(did).toEqual(['a', 'n', 'd', 'b', 'resume'])
  expect(lost).toMatchObject([
    { event: 'NIC_LOST', data: { id: 'n', message: 'no bridge' } },
    { event: 'DEVICE_LOST', data: { id: 'd', message: 'no such driver' } },
    { event: 'VOLUME_LOST', data: { id: 'b', message: 'no server' } },
  ])
  expect(set).toHaveBeenCalledWith({ begins: undefined })
})

test('a guest that is held back does not begin', async () => {
  const { did, finish, set } = inRestart([{ id: 'a', kind: 'volume' }], false)
  await finish()
  expect([did, set.mock.calls]).toEqual([['a'], []])
})

test('a VM that ends meanwhile loses nothing, and does not begin', async () => {
  const ended = new VmError('VM_NOT_RUNNING', 'it has ended')
  const { did, finish, lost } = inRestart([
    { id: 'a', kind: 'volume', why: ended },
    { id: 'b', kind: 'volume' },
  ])
  await finish()
  expect([did, lost]).toEqual([['a'], []])
})

test('a restart that cannot go on says why', async () => {
  const { did, finish } = inRestart([{ id: 'a', kind: 'volume', why: new Error('no space') }])
  await expect(finish()).rejects.toThrow('no space')
  expect(did).toEqual(['a'])
})
