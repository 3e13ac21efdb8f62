import { expect, test } from 'vitest'
import { exchangeOf, type ServerUse, serverMoves } from '../../../src/vm/disks/server-moves.ts'
import type { EndedAttachment, VmRecord, VolumeAttachment } from '../../../src/vm/record/state.ts'
import { parseVolumeSpec } from '../../../src/volumes/index.ts'

const server = (name: string) => ({ directory: `/servers/${name}` })
const boot = { id: 'os', uri: 'nbd+unix:///?socket=/os', server: server('os') }
const volume = (id: string, generation: number, rest: Partial<VolumeAttachment> = {}): VolumeAttachment => ({
  ...({ kind: 'volume', id, generation, phase: 'attached', preset: 'safe', port: 'hotplug1' } as const),
  spec: parseVolumeSpec({ id, uri: `/${id}.raw` }),
  ...rest,
})
const left = (id: string, generation: number, rest: Partial<EndedAttachment> = {}): EndedAttachment => ({
  ...({ kind: 'volume', id, generation, phase: 'ended', how: 'detached' } as const),
  ...rest,
})

function moves(
  attachments: VmRecord['attachments'],
  here: { held?: ServerUse[]; awaited?: ServerUse[]; isOwner?: boolean } = {},
  bootServers: VmRecord['bootServers'] = [],
) {
  const { held = [], awaited = [], isOwner = true } = here
  const all = serverMoves({ attachments, bootServers }, { held, awaited, isOwner })
  const namesOf = (uses: readonly ServerUse[]) =>
    uses.map((use) => use.server?.directory.slice(9) ?? `${use.id} ${use.generation}`)
  return Object.fromEntries(
    Object.entries(all).flatMap(([move, uses]) => (uses.length > 0 ? [[move, namesOf(uses)]] : [])),
  )
}

const a = volume('a', 1, { server: server('a') })

test.each<[string, unknown, unknown]>([
  ['an owner adopts what nobody watches', moves([a], {}, [boot]), { adopt: ['os', 'a'] }],
  ['a visitor adopts nothing', moves([a], { isOwner: false }, [boot]), {}],
  ['what is held is wanted once', moves([a], { held: [{ id: 'a', server: server('a') }] }), {}],
  ['what is waited for is waited for once', moves([a], { awaited: [a] }), {}],
  ['what is held is waited for no longer', moves([a], { held: [a], awaited: [a] }), { abandon: ['a'] }],
  [
    'a server stays with who attaches its volume',
    moves([volume('a', 1, { phase: 'attaching', server: server('a') })]),
    {},
  ],
  [
    'a server stays with who attaches a queued volume',
    moves([volume('a', 1, { phase: 'queued', server: server('a') })]),
    {},
  ],
  ['a volume on its way out keeps its server', moves([{ ...a, phase: 'removing' }], { held: [a] }), {}],
  [
    'the server of a volume that has left ends, wherever it is watched',
    moves([left('a', 1, { server: server('a') })], { held: [a], awaited: [a] }),
    { abandon: ['a'], stop: ['a'], end: ['a'] },
  ],
  [
    'the server of a severed volume ends',
    moves([{ ...a, cut: true, severed: true }], { held: [a] }),
    { stop: ['a'], endSevered: ['a'] },
  ],
  ['a volume that may be cut off keeps its server', moves([{ ...a, cut: true }], { held: [a] }), {}],
  [
    'the server of an earlier stay ends, and that of the stay after it does not',
    moves([left('a', 1, { server: server('old') }), volume('a', 2, { server: server('new') })], {
      held: [
        { id: 'a', server: server('old') },
        { id: 'a', server: server('new') },
      ],
    }),
    { stop: ['old'], end: ['old'] },
  ],
  [
    'a server that was replaced ends',
    moves([a], {
      held: [
        { id: 'a', server: server('old') },
        { id: 'a', server: server('a') },
      ],
    }),
    { stop: ['old'] },
  ],
  [
    'what only its maker can find stays with its volume',
    moves([volume('a', 1)], { held: [volume('a', 1)] }),
    {},
  ],
  [
    'what only its maker can find ends with its stay',
    moves([volume('a', 2)], { held: [volume('a', 1)] }),
    { stop: ['a 1'] },
  ],
])('%s', (_, found, expected) => expect(found).toEqual(expected))

const serve = { type: 'nbdkit', plugin: 'file', parameters: { file: '/a' } } as const
const other = { ...serve, parameters: { file: '/b' } }
const uri = 'nbd+unix:///?socket=/a'
const own = { uri, serve, server: server('a') }
const byCaller = { uri, server: server('a') }

test.each<[string, Parameters<typeof exchangeOf>, unknown]>([
  ['nothing said of it keeps it', [own, {}], { move: 'keep' }],
  ['the same server by hand', [byCaller, { server: { record: server('a') } }], { move: 'keep' }],
  [
    'another server at the same address',
    [byCaller, { server: { uri, record: server('b') } }],
    { move: 'take', server: { uri, record: server('b') } },
  ],
  ['a server that tells no address', [byCaller, { server: {} }], { move: 'take', server: {} }],
  [
    'a server elsewhere',
    [byCaller, { server: { uri: '/elsewhere' } }],
    { move: 'refuse', why: expect.stringContaining('not at /elsewhere') },
  ],
  ['the same words', [own, { serve }], { move: 'start when gone', serve }],
  [
    'other words',
    [own, { serve: other }],
    { move: 'refuse', why: expect.stringContaining('another server') },
  ],
  [
    'words for a server that was given',
    [byCaller, { serve }],
    { move: 'refuse', why: expect.stringContaining('another server') },
  ],
  [
    'the same words for a disk of the start',
    [{ ...own, isBoot: true }, { serve }],
    { move: 'start when gone', serve },
  ],
  ...([{}, { serve: other }, { serve, server: {} }] as const).map(
    (asked): [string, Parameters<typeof exchangeOf>, unknown] => [
      `a disk of the start and ${JSON.stringify(asked)}`,
      [{ ...own, isBoot: true }, asked],
      { move: 'refuse', why: expect.stringContaining('came with the VM') },
    ],
  ),
])('the server of a disk that is attached once more: %s', (_name, [known, asked], expected) => {
  expect(exchangeOf(known, asked)).toEqual(expected)
})
