import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../../src/qmp/address.ts'
import { describeAddress } from '../../../src/qmp/transport/open.ts'
import { linkedPair } from '../../../src/testing/index.ts'

describe('parseAddress', () => {
  test.each([
    ['unix:/run/a b,c:d.sock', { type: 'unix', path: '/run/a b,c:d.sock' }],
    ['tcp:127.0.0.1:4444', { type: 'tcp', host: '127.0.0.1', port: 4444 }],
    ['tcp:[::1]:4444', { type: 'tcp', host: '::1', port: 4444 }],
    ['ws://localhost:8080/', { type: 'websocket', url: 'ws://localhost:8080/' }],
    ['wss://u:p@localhost/', { type: 'websocket', url: 'wss://u:p@localhost/' }],
  ])('%s', (text, parsed) => {
    expect(parseAddress(text)).toEqual(parsed)
  })

  test('a descriptor and a stream', () => {
    const [stream] = linkedPair()
    expect(parseAddress({ fd: 3 })).toEqual({ type: 'fd', fd: 3 })
    expect(parseAddress(stream)).toEqual({ type: 'stream', stream })
  })

  test.each([
    '',
    '/run/x.sock',
    'unix:',
    'tcp:host',
    'tcp:host:0',
    'tcp:host:65536',
    'tcp:::1:5',
    'http://x/',
  ])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'QMP_INVALID_ARGUMENT' }))
  })

  test('refuses a path no socket can have, and a descriptor that is none', () => {
    expect(() => parseAddress(`unix:/${'x'.repeat(107)}`)).toThrow(/108 bytes.*107/)
    expect(() => parseAddress({ fd: -1 })).toThrow(expect.objectContaining({ code: 'QMP_INVALID_ARGUMENT' }))
  })

  test.each([null, undefined, 5])('refuses %j in place of an address', (address) => {
    expect(() => parseAddress(address as never)).toThrow(
      expect.objectContaining({ code: 'QMP_INVALID_ARGUMENT' }),
    )
  })
})

test('a described address shows no login', () => {
  expect(describeAddress(parseAddress('wss://u:p@localhost/x?k=1'))).toBe('wss://localhost/x')
  expect(describeAddress(parseAddress('tcp:[::1]:4444'))).toBe('tcp:[::1]:4444')
})
