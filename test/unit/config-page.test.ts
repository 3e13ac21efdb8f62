import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { vmConfigJsonSchema } from '../../src/vm/index.ts'

interface Node {
  readonly $ref?: string
  readonly properties?: Record<string, Node>
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
}

const schema = vmConfigJsonSchema() as Node & { readonly $defs?: Record<string, Node> }

/** The objects that a value may be, or that its list may hold. */
function objectsOf(node: Node, list = ''): { list: string; properties: Record<string, Node> }[] {
  const target = schema.$defs?.[node.$ref?.replace('#/$defs/', '') ?? '']
  if (target !== undefined) return objectsOf(target, list)
  const own = node.properties === undefined ? [] : [{ list, properties: node.properties }]
  const others = [...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((other) => objectsOf(other, list))
  return [...own, ...others, ...(node.items === undefined ? [] : objectsOf(node.items, `${list}[]`))]
}

/** A disk is described once for `volumes` and `drives`, and what it stands on once for disks and servers. */
const pageName = (path: string) =>
  path
    .replace(/^(?:volumes|drives)\[\]\./, '')
    .replace(/^serve\.backing\./, 'backing.')
    .replace(/^backing\.backing\..*/, 'backing.backing')

/** Every key by the name that the page has for it, and whether there are keys below. */
function keysOf(node: Node, prefix = '', depth = 0): Map<string, boolean> {
  const found = new Map<string, boolean>()
  if (depth > 6) return found
  for (const { list, properties } of objectsOf(node)) {
    for (const [key, value] of Object.entries(properties)) {
      const path = `${prefix}${prefix === '' ? '' : `${list}.`}${key}`
      const below = keysOf(value, path, depth + 1)
      found.set(pageName(path), below.size > 0)
      for (const [name, isParent] of below) found.set(name, isParent)
    }
  }
  return found
}

test('every key of the config has its line in docs/config.md, and no other', () => {
  const keys = keysOf(schema)
  const page = readFileSync(new URL('../../docs/config.md', import.meta.url), 'utf8')
  const rows = page.split('\n\n').flatMap((part) => {
    const [heading = '', , ...lines] = part.split('\n')
    return heading.startsWith('| Key | Value |') ? lines : []
  })
  const named = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  )
  const leaves = [...keys].filter(([, isParent]) => !isParent).map(([name]) => name)
  expect(leaves.length).toBeGreaterThan(150)
  expect({
    withoutLine: leaves.filter((name) => !named.includes(name)),
    withoutKey: named.filter((name) => !keys.has(name)),
  }).toEqual({ withoutLine: [], withoutKey: [] })
})
