import { expect, onTestFinished, test } from 'vitest'
import { QmpClient } from '../../../src/qmp/index.ts'
import { createFakeQmpServer, type FakeHandler, FakeQmpError } from '../../../src/testing/index.ts'
import {
  applyPlan,
  type PlanOutcome,
  planAttach,
  planDetach,
  type QmpCommand,
} from '../../../src/volumes/index.ts'

/** A monitor that knows what a plan consists of, and nothing else. */
async function connect(commands: Record<string, FakeHandler | object>) {
  const server = await createFakeQmpServer({
    commands: { 'blockdev-del': {}, 'object-del': {}, ...commands },
  })
  const qmp = await QmpClient.connect(server.address)
  onTestFinished(async () => {
    await qmp.close()
    await server[Symbol.asyncDispose]()
  })
  const received = () =>
    server.received.flatMap((command) =>
      command.execute === 'qmp_capabilities'
        ? []
        : [{ execute: command.execute, arguments: command.arguments }],
    )
  return { qmp, received }
}

const detach = (qmp: QmpClient, waitMs: number): Promise<PlanOutcome> =>
  applyPlan(qmp, planDetach('v'), { waitMs })

test('a guest that lets go is asked what the plan says, and nothing else', async () => {
  const { qmp, received } = await connect({
    device_del: ({ id }, _command, server) => {
      server.emit('DEVICE_DELETED', { device: id, path: `/machine/peripheral/${id}` })
      return undefined
    },
  })
  expect(await detach(qmp, 10_000)).toEqual({ outcome: 'applied' })
  expect(received()).toEqual(planDetach('v'))
})

test('a guest that does not is asked again, also by a monitor that does not tell whether it runs', async () => {
  const { qmp, received } = await connect({ device_del: {} })
  expect(await detach(qmp, 2_000)).toEqual({ outcome: 'pending', device: 'vdisk-v' })
  const asked = received().filter(({ execute }) => execute === 'device_del')
  expect(asked.length).toBeGreaterThan(1)
  expect(received().map(({ execute }) => execute)).not.toContain('blockdev-del')
})

test('what fails when all is done has everything taken back', async () => {
  const plan = planAttach({ id: 'v', uri: '/a.raw', bus: 'hotplug1' })
  const { qmp, received } = await connect({
    'object-add': {},
    'blockdev-add': {},
    device_add: {},
    device_del: ({ id }, _command, server) => {
      server.emit('DEVICE_DELETED', { device: id, path: `/machine/peripheral/${id}` })
      return undefined
    },
  })
  const onApplied = async () => {
    throw new Error('no room for it')
  }
  await expect(applyPlan(qmp, plan, { onApplied })).rejects.toMatchObject({
    code: 'VOLUME_ATTACH_FAILED',
    message: expect.stringContaining('no room for it'),
    details: { leftovers: [] },
  })
  expect(received()).toEqual([...plan, ...planDetach('v')])
})

test('what the guest does not see is sent at once, and the disk when all of that is there', async () => {
  const plan = planAttach({ id: 'v', uri: '/a.raw', bus: 'hotplug1' })
  const steps: string[] = []
  const { qmp } = await connect({ 'object-add': {}, 'blockdev-add': {}, device_add: {} })
  const hooks = {
    onStep: ({ execute }: QmpCommand) => void steps.push(`${execute}?`),
    onAnswer: ({ execute }: QmpCommand) => void steps.push(execute),
  }
  await applyPlan(qmp, plan, hooks)
  expect(steps).toEqual([
    'object-add?',
    'blockdev-add?',
    'object-add',
    'blockdev-add',
    'device_add?',
    'device_add',
  ])
})

test.each([
  ['object-add', 'blockdev-del'],
  ['blockdev-add', 'object-del'],
])(
  'when %s is refused the disk is not sent, and what was made beside it is taken back',
  async (step, back) => {
    const refusal = () => {
      throw new FakeQmpError('no')
    }
    const plan = planAttach({ id: 'v', uri: '/a.raw', bus: 'hotplug1' })
    const { qmp, received } = await connect({ 'object-add': {}, 'blockdev-add': {}, [step]: refusal })
    await expect(applyPlan(qmp, plan)).rejects.toMatchObject({ step, clean: true, refused: true })
    expect(received().map(({ execute }) => execute)).toEqual(['object-add', 'blockdev-add', back])
  },
)

test('the first failure counts, also where the caller fails after it', async () => {
  const refusal = () => {
    throw new FakeQmpError('no')
  }
  const plan = planAttach({ id: 'v', uri: '/a.raw', bus: 'hotplug1' })
  const { qmp, received } = await connect({ 'object-add': refusal, 'blockdev-add': {} })
  const onStep = async ({ execute }: QmpCommand) => {
    if (execute === 'blockdev-add') throw new Error('the caller failed')
  }
  await expect(applyPlan(qmp, plan, { onStep })).rejects.toMatchObject({ step: 'object-add', clean: true })
  expect(received().map(({ execute }) => execute)).toEqual(['object-add'])
})

test('what the guest does not let go of keeps what it uses', async () => {
  const plan = planAttach({ id: 'v', uri: '/a.raw', bus: 'hotplug1' })
  const { qmp, received } = await connect({
    'object-add': {},
    'blockdev-add': {},
    device_add: {},
    device_del: () => {
      throw new FakeQmpError("Bus 'hotplug1' does not support hotplugging")
    },
  })
  const onApplied = async () => {
    throw new Error('no room for it')
  }
  await expect(applyPlan(qmp, plan, { onApplied })).rejects.toMatchObject({
    clean: false,
    details: {
      leftovers: [
        expect.stringContaining('device_del {"id":"vdisk-v"} ('),
        'blockdev-del {"node-name":"nbd-v"} (left, since what uses it is)',
        'object-del {"id":"ioth-v"} (left, since what uses it is)',
      ],
    },
  })
  expect(received().map(({ execute }) => execute)).toEqual([
    'object-add',
    'blockdev-add',
    'device_add',
    'device_del',
  ])
})

test('a plan that was not begun leaves nothing', async () => {
  const { qmp } = await connect({})
  await qmp.close()
  const plan = planAttach({ id: 'v', uri: '/a.raw', bus: 'hotplug1' })
  await expect(applyPlan(qmp, plan)).rejects.toMatchObject({ clean: true, step: 'object-add' })
})
