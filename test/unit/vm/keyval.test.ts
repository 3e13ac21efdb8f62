import fc from 'fast-check'
import { expect, test } from 'vitest'
import { driveFile, keyval, readKeyval, unixAddress } from '../../../src/vm/config/keyval.ts'

test('commas are doubled, equals signs stay', () => {
  expect(
    keyval('socket', [
      ['path', '/a,b=c d'],
      ['id', undefined],
      ['server', true],
      ['wait', false],
      ['n', 0],
    ]),
  ).toBe('socket,path=/a,,b=c d,server=on,wait=off,n=0')
  expect(keyval(undefined, [['file', 'x']])).toBe('file=x')
})

test.each([
  ['/run/a.sock', 'unix:/run/a.sock'],
  ['/run/a,b.sock', 'unix:/run/a,,b.sock'],
  ['/run/a=b.sock', 'unix:path=/run/a=b.sock'],
])('the address of the socket %s', (path, address) => {
  expect(unixAddress(path)).toBe(address)
})

test.each([
  ['/srv/a:b', '/srv/a:b'],
  ['a.img', 'a.img'],
  ['a:b.img', './a:b.img'],
  ['dir/a:b.img', 'dir/a:b.img'],
])('the file %s is written %s', (path, written) => {
  expect(driveFile(path)).toBe(written)
})

test('a word of someone else is read', () => {
  expect(readKeyval('virtio-blk-pci,drive=os,serial=a,,b=c,bootindex=1,disable-modern')).toEqual({
    head: 'virtio-blk-pci',
    options: new Map([
      ['drive', 'os'],
      ['serial', 'a,b=c'],
      ['bootindex', '1'],
      ['disable-modern', 'on'],
    ]),
  })
  expect(readKeyval('driver=e1000,netdev=n').head).toBe('e1000')
  expect(readKeyval('{"driver":"e1000","netdev":"n"}')).toEqual({
    head: 'e1000',
    options: new Map([
      ['driver', 'e1000'],
      ['netdev', 'n'],
    ]),
  })
  expect(readKeyval('{broken')).toEqual({ head: '', options: new Map() })
  expect(readKeyval('')).toEqual({ head: '', options: new Map() })
})

test('what is written is read back, whatever the values', () => {
  const key = fc.stringMatching(/^[a-z][a-z-]*$/)
  const values = fc.uniqueArray(fc.tuple(key, fc.string({ unit: 'grapheme' })), {
    selector: ([name]) => name,
  })
  fc.assert(
    fc.property(values, (pairs) => {
      expect(readKeyval(keyval('head', pairs))).toEqual({ head: 'head', options: new Map(pairs) })
    }),
  )
})
