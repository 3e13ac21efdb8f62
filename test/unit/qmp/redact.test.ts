import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { allMembers, elementType, type Member, type Model } from '../../../src/qmp/codegen/model.ts'
import { redactArguments } from '../../../src/qmp/redact.ts'
import { looksSecret, PLAIN_PATHS, SECRET_PATHS } from '../../../src/qmp/secret-paths.ts'

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
  [{ 'command-line': 'set_password vnc x' }, { 'command-line': `set_password ${R}` }],
  [{ 'command-line': 'change vnc password x' }, { 'command-line': `change ${R}` }],
  [{ 'command-line': 'info block -v' }, { 'command-line': 'info block -v' }],
  [{ url: 'https://user:p@w@host/a' }, { url: `https://${R}@host/a` }],
  [
    { file: 'rbd:pool/image:id=admin:key=QUJD==:conf=/x' },
    { file: `rbd:pool/image:id=admin:key=${R}:conf=/x` },
  ],
  [
    { file: 'json:{"driver":"https","cookie":"a=b","password-secret":"s0"}' },
    { file: `json:{"driver":"https","cookie":"${R}","password-secret":"s0"}` },
  ],
  [{ url: 'https://host/a?token=x&size=1' }, { url: `https://host/a?token=${R}&size=1` }],
  [
    { file: 'json:{"file.password":"a:x,y z;\\"&}","size":1}' },
    { file: `json:{"file.password":"${R}","size":1}` },
  ],
  [{ file: `json:{'file.password' : 'a"x','b':1}` }, { file: `json:{'file.password' : '${R}','b':1}` }],
  [
    { file: 'json:{"a":"json:{\\"password\\":\\"x y\\"}","size":1}' },
    { file: `json:{"a":"json:{\\"password\\":\\"${R}","size":1}` },
  ],
  [{ opts: 'driver=ssh,password=a:x y;z,,w,id=b' }, { opts: `driver=ssh,password=${R},id=b` }],
  [{ file: 'rbd:p/i:key=a\\:x:conf=/x' }, { file: `rbd:p/i:key=${R}:conf=/x` }],
  [{ uri: 'exec:openssl enc -k x' }, { uri: `exec:${R}` }],
  [
    { guestfwd: [{ str: 'tcp:10.0.2.100:80-cmd:netcat --password x' }] },
    { guestfwd: [{ str: `tcp:10.0.2.100:80-cmd:${R}` }] },
  ],
  [
    { data: { password: 'x', key: [{ id: 'i' }], keys: ['x'], iv: null } },
    { data: { password: R, key: [{ id: 'i' }], keys: R, iv: R } },
  ],
  [{ credentials: { user: 'u' } }, { credentials: R }],
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
  [
    'migrate',
    { channels: [{ addr: { transport: 'file', args: 'kept' } }] },
    { channels: [{ addr: { transport: 'file', args: 'kept' } }] },
  ],
  [
    'object-add',
    { 'qom-type': 'secret', id: 's', data: 'x', keyid: 'master', iv: 'x' },
    { 'qom-type': 'secret', id: 's', data: R, keyid: 'master', iv: R },
  ],
  [
    'object-add',
    { 'qom-type': 'tls-creds-x509', id: 't', dir: '/x', passwordid: 's' },
    { 'qom-type': 'tls-creds-x509', id: 't', dir: '/x', passwordid: 's' },
  ],
  [
    'netdev_add',
    { type: 'l2tpv3', id: 'n', src: 'a', txcookie: 1n, cookie64: true },
    { type: 'l2tpv3', id: 'n', src: 'a', txcookie: R, cookie64: true },
  ],
  [
    'chardev-add',
    { id: 'c', backend: { type: 'socket', data: { addr: { type: 'unix', data: { path: '/x' } } } } },
    { id: 'c', backend: { type: 'socket', data: { addr: { type: 'unix', data: { path: '/x' } } } } },
  ],
  [
    'x-blockdev-amend',
    { options: { driver: 'qcow2', encrypt: { format: 'luks', secret: 's0', 'new-secret': 's1' } } },
    { options: { driver: 'qcow2', encrypt: { format: 'luks', secret: 's0', 'new-secret': 's1' } } },
  ],
  [
    'blockdev-add',
    { driver: 'raw', file: { driver: 'https', cookie: 'x', url: 'https://u:p@h/a', 'password-secret': 's' } },
    { driver: 'raw', file: { driver: 'https', cookie: R, url: `https://${R}@h/a`, 'password-secret': 's' } },
  ],
  ['guest-ssh-add-authorized-keys', { keys: ['ssh-rsa A'] }, { keys: ['ssh-rsa A'] }],
  ['x-unknown', { keys: ['x'], arg: ['kept'] }, { keys: R, arg: ['kept'] }],
  ['constructor', { arg: ['kept'] }, { arg: ['kept'] }],
])('the secret places of %s %#', (command, args, redacted) => {
  expect(redactArguments(args, command)).toEqual(redacted)
})

describe('the tables, held against the model', () => {
  const read = (name: string): Model =>
    JSON.parse(readFileSync(new URL(`../../../src/qmp/generator/${name}.json`, import.meta.url), 'utf8'))
  const members = [read('model'), read('guest-model')].flatMap(argumentMembers)

  test.each([...SECRET_PATHS, ...Object.keys(PLAIN_PATHS)])('%s exists', (path) => {
    expect(members.filter((member) => matches(path, member.path))).not.toEqual([])
  })

  test('tell of every member that looks like a secret', () => {
    const untold = members.filter(
      ({ name, path, isStructured }) =>
        (looksSecret(name) === 'yes' || (looksSecret(name) === 'unless structured' && !isStructured)) &&
        ![...SECRET_PATHS, ...Object.keys(PLAIN_PATHS)].some((known) => matches(known, path)) &&
        !SECRET_PATHS.some((known) => path.startsWith(`${known}/`)),
    )
    expect(untold.map(({ path }) => path)).toEqual([])
  })

  test('by QEMU’s convention names of secret objects are no secrets', () => {
    const names = members.filter(({ name }) => /secret/.test(name) && looksSecret(name) === 'no')
    expect([...new Set(names.map(({ name }) => name))].sort()).toEqual([
      'cookie-secret',
      'key-secret',
      'new-secret',
      'old-secret',
      'password-secret',
      'proxy-password-secret',
    ])
  })
})

interface ArgumentMember {
  readonly path: string
  readonly name: string
  /** It has members of its own, or its items have. */
  readonly isStructured: boolean
}

/** Every member of every command's arguments by its schema path; of types that hold themselves, one level. */
function argumentMembers(model: Model): readonly ArgumentMember[] {
  const found: ArgumentMember[] = []
  const walk = (list: readonly Member[], path: string, seen: readonly string[]): void => {
    for (const { name, type, was = [] } of list) {
      const types = [type, ...was].map(elementType)
      const isStructured = types.some((one) => ['object', 'alternate'].includes(model.types[one]?.kind ?? ''))
      found.push({ path: `${path}/${name}`, name, isStructured })
      for (const one of types) enter(one, `${path}/${name}`, seen)
    }
  }
  const enter = (name: string, path: string, seen: readonly string[]): void => {
    const type = model.types[name]
    if (type === undefined || type.kind === 'enum' || seen.includes(name)) return
    const within = [...seen, name]
    if (type.kind === 'alternate') {
      for (const branch of type.branches) enter(elementType(branch.type), path, within)
      return
    }
    walk(allMembers(model, type), path, within)
    for (const { name: branch, type: one, was = [] } of type.branches ?? []) {
      for (const each of [one, ...was]) enter(each, `${path}/+${branch}`, within)
    }
  }
  for (const [name, { arguments: args }] of Object.entries(model.commands)) {
    if (typeof args === 'string') enter(args, `${name}/arg-type`, [])
    else walk(args ?? [], `${name}/arg-type`, [])
  }
  return found
}

function matches(known: string, path: string): boolean {
  const pattern = known.replace(/[+]/g, '\\+').replace('/**/', '/(?:.*/)?')
  return new RegExp(`^${pattern}$`).test(path)
}
