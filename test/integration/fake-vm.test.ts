import { launchVm } from 'qemu-launch'
import { FakeVm, type VmLike } from 'qemu-launch/testing'
import { describe, expect, test } from 'vitest'
import { bareConfig, blankFile, testDirectory } from '../support/vm.ts'

/** What a program of a user does, written for either kind of VM. */
async function story(vm: VmLike, [first, second]: readonly [string, string]): Promise<unknown[]> {
  const seen: unknown[] = []
  const note = async (work: () => Promise<unknown>) =>
    seen.push(await work().catch(({ name, code }: Error & { code: string }) => ({ name, code })))
  const withoutNumbers = ({ id, state, port, serial }: Awaited<ReturnType<VmLike['volumes']['attach']>>) => ({
    id,
    state,
    port,
    serial,
  })
  const attach = async (uri: string, id = 'vol-a', more = {}) =>
    withoutNumbers(await vm.volumes.attach({ id, uri, ...more }))
  const list = async () => (await vm.volumes.list()).filter(({ id }) => id !== 'os').map(withoutNumbers)
  const heard: unknown[] = []
  vm.on('*', ({ event, data }) => {
    if (/^VOLUME_|^VM_STATE/.test(event)) heard.push({ event, data })
  })
  await note(() => attach(first))
  await note(() => attach(first))
  await note(() => attach(second))
  await note(() => attach(second, 'vol-b', { bus: 'hotplug1' }))
  await note(() => attach(second, 'vol-b', { bus: 'hotplug9' }))
  await note(() => attach(second, 'vol-b', { nonsense: true }))
  await note(() => attach(second, 'vol-b'))
  await note(() => attach(second, 'vol-c'))
  await note(list)
  await note(() => vm.volumes.detach('vol-z'))
  await note(() => vm.volumes.detach('vol-a', { waitMs: 1 }))
  await note(() => attach(first))
  await note(list)
  await note(async () => void (await vm.pause()))
  await note(async () => vm.state)
  await note(async () => {
    const { reason, clean, forced, killed, left, signal } = await vm.kill()
    return { reason, clean, forced, killed, left, signal }
  })
  await note(list)
  await note(() => attach(first))
  await note(() => vm.volumes.detach('vol-a'))
  return [...seen, vm.state, ...heard]
}

describe('FakeVm', () => {
  test('answers, refuses and emits as a VM on a real QEMU whose guest lets go of nothing', async () => {
    const stateDir = testDirectory('fake')
    const uris = [blankFile(), blankFile()] as const
    const config = { ...bareConfig(), hotplugPorts: 2 }
    const real = await launchVm(config, { stateDir })
    const fake = new FakeVm({ id: real.id, hotplugPorts: 2 })
    fake.hold('vol-a')
    const expected = await story(real, uris)
    expect(await story(fake, uris)).toEqual(expected)
  })
})
