import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { QmpClient } from '../../../src/qmp/index.ts'
import type { Facts } from '../../../src/vm/attachments/attachment.ts'
import { AttachmentLedger } from '../../../src/vm/attachments/ledger.ts'
import { Reconciler } from '../../../src/vm/attachments/reconciler.ts'
import { type AttachmentRequest, RecordedEffects } from '../../../src/vm/attachments/recorded.ts'
import { parseVmConfig } from '../../../src/vm/config/config.ts'
import { parseNic } from '../../../src/vm/nics/nic-record.ts'
import { attachmentOf, withAttachment } from '../../../src/vm/record/attachments.ts'
import { vmPaths } from '../../../src/vm/record/paths.ts'
import type { EndedAttachment, VmRecord } from '../../../src/vm/record/state.ts'

class Effects extends RecordedEffects<'nic', AttachmentRequest<'nic'>> {
  readonly looked: (number | undefined)[] = []

  protected async ask(): Promise<Facts> {
    this.looked.push(this.current.generation)
    return { device: 'absent', backend: 'idle', server: 'gone' }
  }

  async askGuest(): Promise<void> {}

  async removeBackend(): Promise<void> {}

  protected removable() {
    return this.current
  }
}

class Cards extends Reconciler<'nic', AttachmentRequest<'nic'>, Effects> {
  readonly told: [string, number, string][] = []
  readonly made: Effects[] = []
  readonly #ledger: AttachmentLedger<'nic'>

  constructor(qmp: QmpClient, ledger: AttachmentLedger<'nic'>) {
    super({ qmp, ledger, emit: () => {} })
    this.#ledger = ledger
  }

  get looked() {
    return this.made.flatMap(({ looked }) => looked)
  }

  protected deviceOf(id: string): string {
    return id
  }

  protected effects(id: string, request: AttachmentRequest<'nic'> = {}, generation?: number): Effects {
    const effects = new Effects(this.#ledger, id, request, generation)
    this.made.push(effects)
    return effects
  }

  protected tell({ generation, how, id }: EndedAttachment): void {
    this.told.push([id, generation, how])
  }
}

const empty: VmRecord = {
  ...({ version: 2, id: 'vm', createdAt: '2026-01-01T00:00:00.000Z', argv: [], vcpus: 1, logs: [] } as const),
  config: parseVmConfig({
    name: 'vm',
    cpus: 1,
    memoryMiB: 128,
    drives: [{ id: 'd', source: { type: 'file', path: '/d' } }],
  }),
  ...{
    ports: ['hotplug1'],
    bootDisks: [],
    attachments: [],
    backups: [],
    generations: 0,
    media: [],
    helpers: [],
  },
  ...{ links: {}, bootServers: [] },
}
const attaching = (phase: 'attached' | 'queued') => (record: VmRecord) => {
  return withAttachment(record, {
    kind: 'nic',
    id: 'n',
    phase,
    port: 'hotplug1',
    spec: parseNic({ id: 'n', type: 'user' }),
  })
}

async function place(phase: 'attached' | 'queued' = 'attached') {
  const stateDir = mkdtempSync(join(tmpdir(), 'reconciler-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true }))
  const paths = vmPaths(stateDir, 'vm')
  mkdirSync(paths.dir, { mode: 0o700 })
  const of = { id: 'vm', paths, pid: 1 }
  const [ours, theirs] = [new AttachmentLedger(of, 'nic'), new AttachmentLedger(of, 'nic')]
  await ours.create(empty)
  const entry = await ours.change(attaching(phase))
  const listeners: ((event: { data: { device: string } }) => void)[] = []
  const execute = vi.fn(async () => ({}))
  const qmp = {
    execute,
    closed: new Promise(() => {}),
    on: (_: string, listener: (typeof listeners)[number]) => listeners.push(listener),
  }
  const cards = new Cards(qmp as unknown as QmpClient, ours)
  const deleted = () => listeners.map((listener) => listener({ data: { device: 'n' } }))
  return { cards, deleted, entry, execute, ours, theirs }
}

test('a device that the guest has let go of ends its stay', async () => {
  const { cards, deleted } = await place()
  deleted()
  await expect.poll(() => cards.told).toEqual([['n', 1, 'ejected']])
  expect(cards.looked).toEqual([1])
})

test('a stay that another process ends meanwhile is told of, and the stay after it is left alone', async () => {
  const { cards, deleted, ours, theirs } = await place()
  await theirs.alone('n', undefined, async () => {
    deleted()
    // It waits for its turn.
    await expect.poll(() => cards.made).toHaveLength(1)
    await theirs.end('n', { how: 'detached' })
    await theirs.change(attaching('attached'))
  })
  await expect.poll(() => cards.told).toEqual([['n', 1, 'detached']])
  expect(cards.looked).toEqual([])
  expect(attachmentOf(await ours.read(), 'nic', 'n')).toMatchObject({ generation: 2, phase: 'attached' })
})

test('what is queued is attached, once', async () => {
  const { cards, entry, ours } = await place('queued')
  const connect = vi.fn(async () => void (await ours.patch('n', { phase: 'attached' })))
  expect(await cards.attachQueued(entry, connect)).toBeUndefined()
  expect(attachmentOf(await ours.read(), 'nic', 'n')).toMatchObject({ generation: 1, phase: 'attached' })
  expect(connect).toHaveBeenCalledTimes(1)
})

const connect = () => Promise.reject(new Error('no such cable'))

test('what is queued and cannot be attached ends', async () => {
  const { cards, entry, ours } = await place('queued')
  expect(await cards.attachQueued(entry, connect)).toBe('no such cable')
  expect((await ours.read()).attachments).toEqual([])
})

test('what is queued stays so when QEMU has ended', async () => {
  const { cards, entry, execute, ours } = await place('queued')
  execute.mockRejectedValue(new Error('gone'))
  await expect(cards.attachQueued(entry, connect)).rejects.toThrow('gone')
  expect(attachmentOf(await ours.read(), 'nic', 'n')).toMatchObject({ generation: 1, phase: 'queued' })
})

test('what is queued is left alone by who does not own the VM', async () => {
  const { cards, ours } = await place('queued')
  expect((await cards.reconcile('n')).state).toBe('wait for owner')
  expect(attachmentOf(await ours.read(), 'nic', 'n')).toMatchObject({ generation: 1, phase: 'queued' })
})

test('work on a device begins when what was left of it has ended, and begins again when it finds more', async () => {
  const { cards, ours } = await place()
  const onLeft = vi.fn()
  const found: unknown[] = []
  const work = async () => {
    found.push(attachmentOf(await ours.read(), 'nic', 'n')?.phase)
    if (found.length > 1) return 'done'
    await ours.change(attaching('attached'))
    return undefined
  }
  expect(await cards.afterOthers('n', work, { onLeft })).toBe('done')
  expect(found).toEqual([undefined, undefined])
  expect(onLeft.mock.calls).toMatchObject([[{ state: 'ended' }], [{ state: 'ended' }]])
  // Also when nobody hears of what was left.
  await ours.change(attaching('attached'))
  await cards.afterOthers('n', work, {})
  expect(found).toEqual([undefined, undefined, undefined])
})
