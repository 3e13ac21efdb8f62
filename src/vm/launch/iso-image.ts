/** Files by name, for the root of a disc. */
type Files = readonly (readonly [name: string, content: string | Buffer])[]

/** A file as a tree of the disc names it. */
interface Entry {
  readonly name: Buffer
  readonly sector: number
  readonly bytes: number
  readonly isFolder?: boolean
}

/** How a disc has its names: in the letters of its standard, or in Unicode beside that (Joliet). */
interface Tree {
  readonly type: number
  readonly escape: string
  readonly table: number
  readonly root: number
  readonly text: (text: string) => Buffer
}

const sectorBytes = 2048
const plain: Tree = { type: 1, escape: '', table: 19, root: 23, text: (text) => Buffer.from(text, 'latin1') }
const joliet: Tree = {
  type: 2,
  escape: '%/E',
  table: 21,
  root: 24,
  text: (text) => Buffer.from(text, 'utf16le').swap16(),
}
const firstFileSector = 25

/**
 * A disc of a few files, as ISO 9660 with Joliet has it: https://www.ecma-international.org/publications-and-standards/standards/ecma-119/
 * and https://wiki.osdev.org/ISO_9660. Names of ASCII, no folders, no dates. Pure.
 */
export function isoImage(label: string, files: Files): Buffer {
  let sector = firstFileSector
  const placed = files
    .map(([name, content]) => ({ name, content: Buffer.from(content) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((file) => {
      const at = sector
      sector += Math.ceil(file.content.length / sectorBytes)
      return { ...file, sector: at }
    })
  const image = Buffer.alloc(sector * sectorBytes)
  for (const [index, tree] of [plain, joliet].entries()) {
    const entries = placed.map(({ content, name, sector: at }): Entry => {
      const shown = tree === plain ? shortName(name) : `${name};1`
      return { name: tree.text(shown), sector: at, bytes: content.length }
    })
    put(image, 16 + index, descriptor(tree, label, sector))
    put(image, tree.table, pathTable(tree, false))
    put(image, tree.table + 1, pathTable(tree, true))
    put(image, tree.root, folder(tree, entries))
  }
  put(image, 18, Buffer.from('\xffCD001\x01', 'latin1'))
  for (const { content, sector: at } of placed) put(image, at, content)
  return image
}

function put(image: Buffer, sector: number, content: Buffer): void {
  content.copy(image, sector * sectorBytes)
}

/** Eight letters in capitals, as every reader takes them. */
function shortName(name: string): string {
  return `${name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '_')
    .slice(0, 8)}.;1`
}

/** What a reader looks for first: the size of the disc, and where its root is. */
function descriptor(tree: Tree, label: string, sectors: number): Buffer {
  const text = Buffer.alloc(sectorBytes)
  const spaces = (from: number, to: number) => text.fill(tree.text(' '), from, to)
  text.writeUInt8(tree.type, 0)
  text.write('CD001\x01', 1, 'latin1')
  spaces(8, 72)
  tree.text(label).copy(text, 40)
  both32(text, sectors, 80)
  text.write(tree.escape, 88, 'latin1')
  both16(text, 1, 120)
  both16(text, 1, 124)
  both16(text, sectorBytes, 128)
  both32(text, pathTable(tree, false).length, 132)
  text.writeUInt32LE(tree.table, 140)
  text.writeUInt32BE(tree.table + 1, 148)
  record({ name: Buffer.from([0]), sector: tree.root, bytes: sectorBytes, isFolder: true }).copy(text, 156)
  spaces(190, 813)
  // Four dates that nobody has set.
  for (let at = 813; at < 881; at += 17) text.fill('0', at, at + 16)
  text.writeUInt8(1, 881)
  return text
}

/** The only folder is the root, which is its own parent. */
function pathTable({ root }: Tree, isBigEndian: boolean): Buffer {
  const table = Buffer.alloc(10)
  table.writeUInt8(1, 0)
  if (isBigEndian) {
    table.writeUInt32BE(root, 2)
    table.writeUInt16BE(1, 6)
  } else {
    table.writeUInt32LE(root, 2)
    table.writeUInt16LE(1, 6)
  }
  return table
}

function folder({ root }: Tree, entries: readonly Entry[]): Buffer {
  const own = (name: number): Entry => ({
    name: Buffer.from([name]),
    sector: root,
    bytes: sectorBytes,
    isFolder: true,
  })
  return Buffer.concat([own(0), own(1), ...entries].map(record))
}

function record({ bytes, isFolder = false, name, sector }: Entry): Buffer {
  const length = 33 + name.length + (name.length % 2 === 0 ? 1 : 0)
  const text = Buffer.alloc(length)
  text.writeUInt8(length, 0)
  both32(text, sector, 2)
  both32(text, bytes, 10)
  // The first day of 2000.
  text.set([100, 1, 1], 18)
  text.writeUInt8(isFolder ? 2 : 0, 25)
  both16(text, 1, 28)
  text.writeUInt8(name.length, 32)
  name.copy(text, 33)
  return text
}

/** Numbers stand there twice, in either order of their bytes. */
function both32(text: Buffer, value: number, at: number): void {
  text.writeUInt32LE(value, at)
  text.writeUInt32BE(value, at + 4)
}

function both16(text: Buffer, value: number, at: number): void {
  text.writeUInt16LE(value, at)
  text.writeUInt16BE(value, at + 2)
}
