import type { Vm, VmConfigInput } from 'qemu-launch'
import { expect, test } from 'vitest'
import { bareConfig, blankFile, freshName, startVm } from '../support/vm.ts'

const nics: NonNullable<VmConfigInput['nics']> = [
  { type: 'user', id: 'net0' },
  { type: 'user', id: 'net1', model: 'e1000', mac: '52:54:00:00:00:01', bootIndex: 3 },
]

/** The address and the place of each card, as QEMU has them. */
async function cards({ qmp }: Vm) {
  return Promise.all(
    nics.map(async ({ id }) => {
      const path = `/machine/peripheral/${id}`
      const [mac, addr] = await Promise.all(
        ['mac', 'addr'].map((property) => qmp.execute('qom-get', { path, property })),
      )
      return [mac, addr]
    }),
  )
}

const slot = (number: number) => number * 8

async function cardsOf(config: Partial<VmConfigInput>) {
  await using vm = await startVm(bareConfig({ nics, ...config }), { paused: true })
  expect(await vm.discrepancies()).toEqual([])
  return cards(vm)
}

test('each card has an address of its own, the same at each start of its VM, and a place that no port or disk moves', async () => {
  const name = freshName('n')
  const [first, second] = await cardsOf({ name })
  expect(first).toEqual([expect.stringMatching(/^52:54:00:(?!12:34:56)/), slot(30)])
  expect(second).toEqual(['52:54:00:00:00:01', slot(29)])
  const drive = { source: { type: 'file', path: blankFile() }, format: 'raw' } as const
  const drives = ['os', 'b', 'c'].map((id) => ({
    ...drive,
    source: { ...drive.source, path: blankFile() },
    id,
  }))
  for (const change of [{ drives }, { hotplugPorts: 0 }, { hotplugPorts: 26 }, { hotplugPorts: 40 }])
    expect(await cardsOf({ name, ...change })).toEqual([first, second])
  const [other] = await cardsOf({ name: freshName('n') })
  expect(other).not.toEqual(first)
})

test('on an older machine, and for cards that are no PCI device', async () => {
  const [first] = await cardsOf({ machine: 'pc', hotplugPorts: 0 })
  expect(first?.[1]).toBe(slot(30))
  const usb = { type: 'user', id: 'u', model: 'usb-net' } as const
  await using vm = await startVm(bareConfig({ nics: [usb], machine: 'q35,usb=on' }), { paused: true })
  expect(await vm.qmp.execute('qom-get', { path: '/machine/peripheral/u', property: 'mac' })).toMatch(
    /^52:54:00:/,
  )
})
