import { expect, test } from 'vitest'
import { redactArguments } from '../../../src/qmp/redact.ts'

const R = '[redacted]'

test.each([
  [
    { protocol: 'vnc', password: 'x' },
    { protocol: 'vnc', password: R },
  ],
  [
    { 'qom-type': 'secret', id: 's', data: 'x' },
    { 'qom-type': 'secret', id: 's', data: R },
  ],
  [
    { driver: 'luks', 'key-secret': 's0' },
    { driver: 'luks', 'key-secret': 's0' },
  ],
  [{ server: [{ 'proxy-password': 'x', host: 'h' }] }, { server: [{ 'proxy-password': R, host: 'h' }] }],
  [{ url: 'https://user:pw@host/a' }, { url: `https://${R}@host/a` }],
  [{ 'command-line': 'set_password vnc x' }, { 'command-line': R }],
  [
    { path: '/objects/s', property: 'data', value: 'x' },
    { path: '/objects/s', property: 'data', value: R },
  ],
  [
    { size: 18446744073709551615n, nothing: null },
    { size: 18446744073709551615n, nothing: null },
  ],
  [undefined, undefined],
])('arguments %#', (args, redacted) => {
  expect(redactArguments(args)).toEqual(redacted)
})

test.each([
  ['guest-exec', { path: '/bin/sh', arg: ['-c', 'x'] }, { path: '/bin/sh', arg: R }],
  ['send-key', { keys: [{ type: 'qcode', data: 'a' }], 'hold-time': 1 }, { keys: R, 'hold-time': 1 }],
  [
    'migrate',
    { channels: [{ addr: { transport: 'exec', args: ['x'] } }] },
    { channels: [{ addr: { transport: 'exec', args: R } }] },
  ],
  ['x-unknown', { keys: ['kept'] }, { keys: ['kept'] }],
  ['constructor', { keys: ['kept'] }, { keys: ['kept'] }],
])('the secret places of %s', (command, args, redacted) => {
  expect(redactArguments(args, command)).toEqual(redacted)
})
