import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatNbdUri,
  isNbdUri,
  type NbdAddress,
  parseNbdUri,
  qemuTakes,
} from '../../../src/volumes/nbd-uri.ts'
import { parseVolumeSpec } from '../../../src/volumes/spec.ts'

const unix = (path: string, name = ''): NbdAddress => ({ type: 'unix', path, export: name })
const tls = { tls: true } as const
const tcp = (host: string, port: number, name = ''): NbdAddress => ({ type: 'tcp', host, port, export: name })

describe('parseNbdUri reads', () => {
  test.each<[string, NbdAddress]>([
    ['nbd:unix:/run/user/1000/nbd-vol-xxx.sock', unix('/run/user/1000/nbd-vol-xxx.sock')],
    ['nbd:unix:/run/a.sock:exportname=disk:1', unix('/run/a.sock', 'disk:1')],
    ['nbd:unix:/run/a:b c,d=e.sock', unix('/run/a:b c,d=e.sock')],
    ['nbd:storage:10810', tcp('storage', 10810)],
    ['nbd:[::1]:10810:exportname=x', tcp('::1', 10810, 'x')],
    ['nbd://storage', tcp('storage', 10809)],
    ['nbd://storage/', tcp('storage', 10809)],
    ['nbd://127.0.0.1:10810/a%20disk', tcp('127.0.0.1', 10810, 'a disk')],
    ['nbd://[fe80::1%25eth0]:10810/x/y', tcp('fe80::1%25eth0', 10810, 'x/y')],
    ['NBD://Storage:1/+', tcp('Storage', 1, '+')],
    ['nbd+unix:///disk?socket=/run/a%2Cb.sock', unix('/run/a,b.sock', 'disk')],
    ['nbd+unix:///?socket=/run/a+b.sock', unix('/run/a+b.sock')],
    ['nbd+unix://?socket=/run/a.sock', unix('/run/a.sock')],
    ['nbds://storage/x', { ...tcp('storage', 10809, 'x'), ...tls }],
    ['nbds+unix:///x?socket=/run/a.sock', { ...unix('/run/a.sock', 'x'), ...tls }],
  ])('%s', (text, address) => {
    expect(parseNbdUri(text)).toEqual(address)
    expect(isNbdUri(text)).toBe(true)
  })
})

describe('parseNbdUri refuses', () => {
  test.each([
    ['', 'should be nbd:unix:/path'],
    ['/srv/disk.img', 'should be nbd:unix:/path'],
    ['http://storage/x', 'should be nbd:unix:/path'],
    ['nbd:', 'should be nbd:unix:/path'],
    ['nbd:unix:', 'should have the path of a socket'],
    ['nbd:storage', 'should be nbd:unix:/path'],
    ['nbd:storage:0', 'has port 0'],
    ['nbd://storage:65536', 'has port 65536'],
    ['nbd://', 'should name a host'],
    ['nbd://user@storage', 'names a user'],
    ['nbd://storage/x?tls=1', 'has a query'],
    ['nbd://sto rage/x', 'neither a name nor an address'],
    ['nbd://storage/%zz', 'should be nbd:unix:/path'],
    ['nbd+unix:///x', 'should have one ?socket=/path'],
    ['nbd+unix:///x?socket=/a&socket=/b', 'should have one ?socket=/path'],
    ['nbd+unix://host/x?socket=/a', 'names a host'],
    ['nbd+unix:///x?socket=%ff', 'broken % escape'],
    ['nbds:unix:/run/a.sock', 'should be nbds://host'],
    ['nbds+unix:/run/a.sock', 'should be nbds://host'],
    ['nbds://', 'should name a host'],
    [`nbd:unix:/${'x'.repeat(107)}`, '108 bytes: should be at most 107'],
    [`nbd:unix:/${'ä'.repeat(54)}`, '109 bytes: should be at most 107'],
    ['nbd:unix:/run/a\0b', 'zero byte'],
    [`nbd://h/${'x'.repeat(4097)}`, 'at most 4096'],
  ])('%j', (text, words) => {
    expect(() => parseNbdUri(text)).toThrowError(
      expect.objectContaining({ code: 'VOLUME_SPEC', message: expect.stringContaining(words) }),
    )
  })
})

test('a password in an address is not repeated', () => {
  const uri = 'nbd://user:hunter2@storage/x'
  for (const read of [() => parseNbdUri(uri), () => parseVolumeSpec({ id: 'v', uri })]) {
    const refused = expect.objectContaining({ message: expect.stringContaining('nbd://…@storage/x') })
    expect(read).toThrowError(refused)
    try {
      read()
    } catch (error) {
      expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain('hunter2')
    }
  }
})

describe('formatNbdUri', () => {
  test.each<[NbdAddress, 'uri' | 'legacy' | undefined, string]>([
    [unix('/run/a.sock'), undefined, 'nbd:unix:/run/a.sock'],
    [unix('/run/a.sock', 'x'), undefined, 'nbd:unix:/run/a.sock:exportname=x'],
    [unix('/run/a,b ?.sock', 'x/y z'), 'uri', 'nbd+unix:///x/y%20z?socket=/run/a%2Cb%20%3F.sock'],
    [unix('/run/:exportname=.sock'), 'legacy', 'nbd+unix:///?socket=/run/%3Aexportname%3D.sock'],
    [tcp('storage', 10809), undefined, 'nbd://storage:10809'],
    [tcp('::1', 10810, '/x'), undefined, 'nbd://[::1]:10810/%2Fx'],
    [tcp('::1', 10810, '/x'), 'legacy', 'nbd:[::1]:10810:exportname=/x'],
    [{ ...tcp('storage', 10809), ...tls }, 'legacy', 'nbds://storage:10809'],
    [{ ...unix('/run/a.sock'), ...tls }, undefined, 'nbds+unix:///?socket=/run/a.sock'],
  ])('writes %j as %s', (address, style, text) => {
    expect(formatNbdUri(address, style)).toBe(text)
  })

  const name = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'))
  const path = name
    .filter((text) => text !== '' && Buffer.byteLength(text) <= 106)
    .map((text) => `/${text}`)
    .filter((text) => Buffer.byteLength(text) <= 107)
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6())
  const address = fc.oneof(
    fc.record({ type: fc.constant('unix' as const), path, export: name }),
    fc.record({
      type: fc.constant('tcp' as const),
      host,
      port: fc.integer({ min: 1, max: 65535 }),
      export: name,
    }),
  )

  test.each(['uri', 'legacy', undefined] as const)('with style %s is read back as it was', (style) => {
    fc.assert(
      fc.property(address, fc.boolean(), (plain, overTls) => {
        const from = overTls ? { ...plain, ...tls } : plain
        expect(parseNbdUri(formatNbdUri(from, style))).toEqual(from)
      }),
    )
  })
})

describe('addresses as their own standard reads them', () => {
  test.each([
    ['nbd://host//x', { type: 'tcp', host: 'host', port: 10809, export: '/x' }],
    ['nbd+tcp://host:1/', { type: 'tcp', host: 'host', port: 1, export: '' }],
    ['nbds+tcp://host/x', { type: 'tcp', host: 'host', port: 10809, export: 'x', tls: true }],
    ['nbd+unix:////x?socket=/a b', { type: 'unix', path: '/a b', export: '/x' }],
  ])('%s', (uri, address) => {
    expect(parseNbdUri(uri)).toEqual(address)
  })

  test.each(['nbd://h/x#frag', 'nbd+unix:///x?socket=/a#b'])('%s has a fragment', (uri) => {
    expect(() => parseNbdUri(uri)).toThrow(/has a fragment \(#.*written %23/)
  })

  test.each([
    ['nbd:unix:/a b.sock:exportname=x', true],
    ['nbd://127.0.0.1:10809', true],
    ['nbd://[::1]:1/a/b', true],
    ['nbd+unix:///x?socket=/run/a.sock', true],
    ['nbd://h//x', false],
    ['nbd+tcp://h/x', false],
    ['nbd://h/a%20b', false],
    ['nbd+unix:///?socket=/a b', false],
    ['nbd:unix:/a://b', false],
  ])('QEMU reads %s as we do: %s', (uri, isSame) => {
    expect(qemuTakes(uri)).toBe(isSame)
  })
})
