import { expect, test } from 'vitest'
import {
  attachmentOf,
  departureOf,
  keptEnded,
  takenPorts,
  withAttachment,
  withClaim,
  withEnd,
  withoutServers,
  withPatch,
} from '../../../src/vm/record/attachments.ts'
import type { NicAttachment, VmRecord, VolumeAttachment } from '../../../src/vm/record/state.ts'
import { parseVolumeSpec } from '../../../src/volumes/index.ts'

const empty = {
  id: 'vm',
  ports: ['hotplug1', 'hotplug2'],
  attachments: [],
  generations: 0,
} as unknown as VmRecord

const volume = (id: string, rest: Partial<VolumeAttachment> = {}) => ({
  ...({ kind: 'volume', id, phase: 'attached', preset: 'safe', port: 'hotplug1' } as const),
  spec: parseVolumeSpec({ id, uri: `/${id}.raw` }),
  ...rest,
})

const nic = (id: string, rest: Partial<NicAttachment> = {}) => ({
  ...({ kind: 'nic', id, phase: 'attached', port: 'hotplug2' } as const),
  spec: { type: 'user' as const, id, model: 'virtio-net-pci', hostForwards: [] },
  ...rest,
})

const having = (...all: (ReturnType<typeof volume> | ReturnType<typeof nic>)[]) =>
  all.reduce((record, each) => withAttachment(record, each).record, empty)

test('each attachment has a generation of its own, also after others have ended', () => {
  const { record } = withEnd(having(volume('a')), 'volume', 'a', { how: 'failed' })
  expect(record.attachments).toEqual([])
  expect(withAttachment(record, volume('a')).value.generation).toBe(2)
})

test('a volume and a network card of one name are two', () => {
  const record = having(volume('x'), nic('x'))
  expect(attachmentOf(record, 'nic', 'x')?.generation).toBe(2)
  const changed = withPatch(record, 'nic', 'x', { phase: 'detaching' })
  expect(changed.attachments.map(({ phase }) => phase)).toEqual(['attached', 'detaching'])
  const ended = withEnd(changed, 'nic', 'x', { how: 'detached', unclaimed: true }).record
  expect(departureOf(ended, 'volume', 'x')).toBeUndefined()
  expect(departureOf(ended, 'nic', 'x')).toMatchObject({ generation: 2, how: 'detached', unclaimed: true })
  expect(departureOf(withClaim(ended, 'nic', 'x'), 'nic', 'x')?.unclaimed).toBeUndefined()
})

test('of what has ended the last of each stays, and what still has a server', () => {
  const server = { directory: '/servers/a' }
  let record = withEnd(having(volume('a', { server })), 'volume', 'a', { how: 'detached' }).record
  record = withEnd(withAttachment(record, volume('a')).record, 'volume', 'a', { how: 'ejected' }).record
  expect(record.attachments).toMatchObject([
    { generation: 1, server },
    { generation: 2, how: 'ejected' },
  ])
  expect(withoutServers(record, ['/servers/a']).attachments).toMatchObject([{ generation: 2 }])
  // A later try that failed does not hide how the volume left.
  record = withEnd(withAttachment(record, volume('a')).record, 'volume', 'a', { how: 'failed' }).record
  expect(departureOf(record, 'volume', 'a')).toMatchObject({ generation: 2 })
})

test('of what has ended only that is kept which somebody may ask for', () => {
  let record = empty
  for (let each = 0; each < keptEnded + 10; each++) {
    record = withEnd(withAttachment(record, volume(`v${each}`)).record, 'volume', `v${each}`, {
      how: 'detached',
    }).record
  }
  expect(record.attachments).toHaveLength(keptEnded)
  expect(record.attachments[0]).toMatchObject({ id: 'v10' })
})

test('ports are taken by all kinds, and by what is queued when they are free', () => {
  const record = having(
    volume('q', { phase: 'queued', port: 'hotplug2' }),
    nic('n'),
    volume('w', { phase: 'queued', port: 'hotplug9' }),
  )
  expect([...takenPorts(record)]).toEqual([['hotplug2', 'nic n']])
  expect([...takenPorts(having(volume('q', { phase: 'queued' })))]).toEqual([['hotplug1', 'q']])
})
