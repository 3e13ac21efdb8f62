import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Model } from '../../../src/qmp/codegen/model.ts'
import {
  OOB_COMMANDS,
  OPEN_COMMANDS,
  SILENT_GUEST_COMMANDS,
  VOID_COMMANDS,
  VOID_GUEST_COMMANDS,
} from '../../../src/qmp/generated/command-lists.ts'
import { mergeModels } from '../../../src/qmp/generator/merge.ts'
import { formatModel } from '../../../src/qmp/generator/model-file.ts'
import { writeModules } from '../../../src/qmp/generator/modules.ts'
import { readSchema } from '../../../src/qmp/generator/qapi-schema.ts'
import { alignNames } from '../../../src/qmp/generator/renames.ts'

const qmp = (path: string) => fileURLToPath(new URL(`../../../src/qmp/${path}`, import.meta.url))
const modelText = readFileSync(qmp('generator/model.json'), 'utf8')
const guestText = readFileSync(qmp('generator/guest-model.json'), 'utf8')
const model: Model = JSON.parse(modelText)
const guest: Model = JSON.parse(guestText)

describe('what is committed', () => {
  test('is what `npm run generate` writes', () => {
    const files = writeModules(model, guest)
    expect(readdirSync(qmp('generated')).sort()).toEqual([...files.keys()].sort())
    for (const [name, text] of files) expect(readFileSync(qmp(`generated/${name}`), 'utf8'), name).toBe(text)
    expect(formatModel(model)).toBe(modelText)
    expect(formatModel(guest)).toBe(guestText)
  })

  test('covers QEMU 7.2 to 11.1', () => {
    expect(model.versions).toEqual(['7.2', '8.2', '10.0', '11.1'])
    expect(Object.keys(model.commands)).toHaveLength(247)
    expect(Object.keys(model.events)).toHaveLength(59)
    expect([...OOB_COMMANDS].sort()).toEqual(['migrate-pause', 'migrate-recover', 'query-yank', 'yank'])
    expect([...OPEN_COMMANDS]).toEqual(['device_add'])
    expect(VOID_COMMANDS.has('blockdev-add')).toBe(true)
    expect(VOID_COMMANDS.has('query-status')).toBe(false)
  })

  test('covers the guest agent of the same versions', () => {
    expect(guest.versions).toEqual(model.versions)
    expect(Object.keys(guest.commands)).toHaveLength(44)
    expect([...SILENT_GUEST_COMMANDS].sort()).toEqual([
      'guest-shutdown',
      'guest-suspend-disk',
      'guest-suspend-hybrid',
      'guest-suspend-ram',
    ])
    expect(VOID_GUEST_COMMANDS.has('guest-ping')).toBe(true)
    expect(VOID_GUEST_COMMANDS.has('guest-shutdown')).toBe(false)
    expect(guest.commands['guest-get-time']?.returns).toEqual(['int64'])
  })

  test('has none of the prose of QEMU’s documentation', () => {
    for (const text of writeModules(model, guest).values()) {
      for (const [comment] of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
        const words = comment
          .replace(/\/\*\*|^\s*\*\/?|\*\/$/gm, '')
          .replace(/\[QEMU manual\]\(\S+\)|@(?:since|removed|if|feature|deprecated|unstable)\b.*/g, '')
          .trim()
        expect(words).toMatch(
          /^$|^Some versions require it\.$|^What |^The (?:guest agent's )?commands |^As |^By path: /,
        )
      }
    }
  })
})

/** The model of schema files in a new directory. */
function read(version: string, text: string, more: Readonly<Record<string, string>> = {}): Model {
  const directory = mkdtempSync(join(tmpdir(), 'qapi-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [name, content] of Object.entries({ ...more, 'main.json': text })) {
    writeFileSync(join(directory, name), content)
  }
  return readSchema(join(directory, 'main.json'), version)
}

function merge(...models: readonly Model[]): Model {
  const newest = models.at(-1)
  if (newest === undefined) throw new Error('no models')
  return mergeModels(models.map((one) => (one === newest ? one : alignNames(one, newest))))
}

describe('reading schema files', () => {
  test('includes, conditions, features, release numbers', () => {
    const found = read(
      '1',
      "{ 'include': 'sub.json' }\n{ 'include': 'sub.json' }\n{ 'pragma': { 'x': [ 'y' ] } }",
      {
        'sub.json': `
# a comment with 'quotes' {
##
# @Thing:
#
# Words that nobody needs, since 0.1.
#
# @one: words
#     (since 1.2)
#
# @two: words (default: 3; since 2.0)
#
# Since: 1.1
##
{ 'struct': 'Thing',
  'data': { 'one': 'str',
            '*two': { 'type': ['int'], 'if': { 'all': [ 'A', { 'not': 'B' } ] },
                      'features': [ 'deprecated', { 'name': 'unstable', 'if': 'C' } ] } },
  'if': { 'any': [ 'A', 'B' ] } }
##
# @GONE:
#
# Since: 0.14
##
{ 'event': 'GONE', 'data': 'Thing', 'boxed': true }
{ 'command': 'go', 'data': { '*thing': 'Thing' }, 'allow-oob': true, 'gen': false }
`,
      },
    )
    expect(found.types.Thing).toEqual({
      kind: 'object',
      module: 'sub',
      since: '1.1',
      if: '(A || B)',
      members: [
        { name: 'one', type: 'str', since: '1.2' },
        {
          name: 'two',
          type: '[int]',
          optional: true,
          since: '2.0',
          if: '(A && !B)',
          features: ['deprecated', 'unstable'],
        },
      ],
    })
    expect(found.events.GONE).toEqual({ module: 'sub', since: '0.14', data: 'Thing' })
    expect(found.commands.go).toEqual({
      module: 'sub',
      oob: true,
      open: true,
      arguments: [{ name: 'thing', type: 'Thing', optional: true }],
    })
  })

  test.each([
    "{ 'struct' 'A' }",
    "{ 'struct': 'A', 'data': { } ",
    '{ "a": 1 }',
    "{ 'nonsense': 'A' }",
    "[ 'a' ]",
  ])('refuses %s', (text) => expect(() => read('1', text)).toThrow())
})

describe('merging versions', () => {
  test('a member is required if every version requires it', () => {
    const { commands, types, versions } = merge(
      read(
        '1',
        `{ 'command': 'c', 'data': { 'a': 'str', '*b': 'str', 'c': 'str', 'd': 'str' }, 'returns': 'R' }
         { 'struct': 'R', 'data': { 'x': 'int', 'y': 'str' } }
         { 'command': 'old' }`,
      ),
      read(
        '2',
        `{ 'command': 'c', 'data': { 'a': 'str', 'b': 'str', 'c': 'E', 'e': 'str' }, 'returns': 'R' }
         { 'struct': 'R', 'data': { '*y': 'str', 'z': 'int' } }
         { 'enum': 'E', 'data': [ 'one' ] }
         { 'command': 'new', 'data': { 'a': 'str' } }`,
      ),
    )
    expect(versions).toEqual(['1', '2'])
    expect(commands.c?.arguments).toEqual([
      { name: 'a', type: 'str' },
      { name: 'b', type: 'str', optional: 'some', requiredBy: ['2'] },
      { name: 'c', type: 'E', was: ['str'] },
      { name: 'e', type: 'str', from: '2' },
      { name: 'd', type: 'str', until: '1' },
    ])
    expect(types.R).toMatchObject({
      members: [
        { name: 'y', optional: 'some' },
        { name: 'z', from: '2' },
        { name: 'x', until: '1' },
      ],
    })
    expect(commands.old).toMatchObject({ until: '1' })
    // It is new as a whole, so its members are not.
    expect(commands.new).toMatchObject({ from: '2', arguments: [{ name: 'a', type: 'str' }] })
  })

  test('a type under another name is the same type; another base is told in full', () => {
    const { types } = merge(
      read(
        '1',
        `{ 'enum': 'Alg', 'data': [ 'a', 'b' ] }
         { 'struct': 'S', 'data': { 'alg': 'Alg', 'l': [ 'Alg' ] } }
         { 'struct': 'B1', 'data': { 'p': 'str' } } { 'struct': 'T', 'base': 'B1', 'data': { 'q': 'str' } }`,
      ),
      read(
        '2',
        `{ 'enum': 'Algo', 'data': [ 'a', 'c' ] }
         { 'struct': 'S', 'data': { 'alg': 'Algo', 'l': [ 'Algo' ] } }
         { 'struct': 'T', 'data': { 'p': 'str', 'q': 'str' } }`,
      ),
    )
    expect(types.Alg).toBeUndefined()
    expect(types.Algo).toMatchObject({
      values: [{ name: 'a' }, { name: 'c', from: '2' }, { name: 'b', until: '1' }],
    })
    expect(types.S).toMatchObject({ members: [{ type: 'Algo' }, { type: '[Algo]' }] })
    expect(types.T).toEqual({
      kind: 'object',
      module: 'main',
      members: [
        { name: 'p', type: 'str' },
        { name: 'q', type: 'str' },
      ],
    })
  })

  test('a struct that became a union has its new members only sometimes', () => {
    const both = merge(
      read(
        '1',
        `{ 'enum': 'K', 'data': [ 'a', 'b' ] } { 'struct': 'U', 'data': { 'k': 'K', 'x': 'int' } }
         { 'command': 'q', 'returns': [ 'U' ] }`,
      ),
      read(
        '2',
        `{ 'enum': 'K', 'data': [ 'a', 'b', 'c' ] } { 'struct': 'A', 'data': { 'y': 'uint64' } }
         { 'union': 'U', 'base': { 'k': 'K', 'x': 'int' }, 'discriminator': 'k', 'data': { 'a': 'A', 'c': 'A' } }
         { 'command': 'q', 'returns': [ 'U' ] }`,
      ),
    )
    const text = writeModules(both, guest).get('main.ts')
    expect(text).toContain(`  | ({ readonly k: 'a' } & Partial<A>)`)
    expect(text).toContain(`  | ({ readonly k: 'c' } & A)`)
    expect(text).toContain(`  | { readonly k: 'b' }`)
  })

  test('a single version has its own members, types and requirements', () => {
    const both = merge(
      read(
        '1',
        `{ 'command': 'c', 'data': { 'a': 'str', '*b': 'S' }, 'returns': 'R' }
         { 'struct': 'S', 'data': { 'x': 'str' } } { 'struct': 'R', 'data': { 's': 'E' } }
         { 'enum': 'E', 'data': [ 'one' ] } { 'command': 'same' } { 'event': 'OLD' }`,
      ),
      read(
        '2',
        `{ 'command': 'c', 'data': { '*a': 'str', '*b': 'S', 'n': 'int' }, 'returns': 'R' }
         { 'struct': 'S', 'data': { 'x': 'str', '*y': 'str' } } { 'struct': 'R', 'data': { 's': 'E' } }
         { 'enum': 'E', 'data': [ 'one', 'two' ] } { 'command': 'same' } { 'command': 'new' }`,
      ),
    )
    const text = (version: string) =>
      writeModules(both, guest)
        .get(`qemu-${version}.ts`)
        ?.replace(/^(?:import|\/\/).*\n/gm, '')
    expect(text('1')).toMatchInlineSnapshot(`
      "


      /** As Commands, of QEMU 1 alone. */
      export interface Commands extends Omit<AllCommands,
        | 'c'
        | 'new'
      > {
        c: {
          arguments: {
            readonly a: string
            readonly b?: S | undefined
          }
          return: R
          oob: false
        }
      }

      /** As Events, of QEMU 1 alone. */
      export interface Events extends Omit<AllEvents,
        | 'OLD'
      > {
        OLD: NoData
      }

      export type S = {
        readonly x: string
      }

      export type R = {
        readonly s: Open<E>
      }

      export type E = 'one'
      "
    `)
    expect(text('2')).toMatchInlineSnapshot(`
      "


      /** As Commands, of QEMU 2 alone. */
      export interface Commands extends Omit<AllCommands,
        | 'c'
        | 'new'
      > {
        c: {
          arguments: {
            readonly a?: string | undefined
            readonly b?: S | undefined
            readonly n: Int64
          }
          return: R
          oob: false
        }
        new: {
          arguments: NoArguments
          return: void
          oob: false
        }
      }

      /** As Events, of QEMU 2 alone. */
      export interface Events extends Omit<AllEvents,
        | 'OLD'
      > {
      }

      export type R = {
        readonly s: Open<E>
      }

      export type E = 'one' | 'two'
      "
    `)
  })

  test('what has no rule is refused', () => {
    const newer = (text: string) => read('2', text)
    const older = (text: string) => read('1', text)
    expect(() => merge(older("{ 'enum': 'A', 'data': [] }"), newer("{ 'struct': 'A', 'data': {} }"))).toThrow(
      /kind/,
    )
    expect(() => merge(older("{ 'command': 'a' }"), newer("{ 'command': 'a', 'returns': 'str' }"))).toThrow(
      /answer/,
    )
  })
})
