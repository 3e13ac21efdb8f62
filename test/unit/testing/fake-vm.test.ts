import { FakeVm } from 'qemu-launch/testing'
import { expect, test } from 'vitest'

const spec = { id: 'vol-a', uri: 'nbd:unix:/run/a.sock' }

test('a detach is pending while the guest holds the disk, ends when it lets go, and the first repeat says so', async () => {
  const vm = new FakeVm()
  const events: string[] = []
  vm.on('*', ({ event }) => events.push(event))
  await vm.volumes.attach(spec)
  vm.hold('vol-a')
  expect(await vm.volumes.detach('vol-a')).toEqual({ id: 'vol-a', outcome: 'pending' })
  vm.letGo('vol-a')
  expect(await vm.volumes.list()).toEqual([])
  expect(await vm.volumes.detach('vol-a')).toEqual({ id: 'vol-a', outcome: 'detached' })
  await expect(vm.volumes.detach('vol-a')).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND' })
  expect(events).toEqual(['VOLUME_ATTACHED', 'VOLUME_DETACHED'])
})

test('the next call of a name fails as asked, with nothing done, and every call is on record', async () => {
  const vm = new FakeVm()
  vm.failNext('attach', new Error('no server'))
  await expect(vm.volumes.attach(spec)).rejects.toThrow('no server')
  expect(await vm.volumes.list()).toEqual([])
  await vm.volumes.attach(spec)
  expect(vm.calls.map(({ name }) => name)).toEqual(['attach', 'list', 'attach'])
  expect(vm.calls[0]?.args).toEqual([spec])
})

test('it ejects, crashes and tells of it', async () => {
  const vm = new FakeVm()
  await vm.volumes.attach(spec)
  const ejected = new Promise((resolve) => vm.on('VOLUME_EJECTED', ({ data }) => resolve(data.id)))
  vm.eject('vol-a')
  expect(await ejected).toBe('vol-a')
  vm.end()
  expect(await vm.exited).toMatchObject({ reason: 'crashed', clean: false })
  expect(vm.state).toBe('exited')
})
