import { keyval, serverCredentials, unixAddress } from '../config/keyval.ts'
import type { ResolvedVm } from '../config/resolve.ts'

/** The words about what QEMU may do to its host; none for what the config leaves open. */
export function securityWords({ security, process }: ResolvedVm): string[] {
  return [
    ...sandboxWords(security.sandbox),
    ...(security.defaultDevices === false ? ['-nodefaults'] : []),
    ...(security.userConfig === false ? ['-no-user-config'] : []),
    ...userWords(process),
  ]
}

function sandboxWords(sandbox: ResolvedVm['security']['sandbox']): string[] {
  if (sandbox === undefined || sandbox === false) return []
  return [
    '-sandbox',
    keyval('on', [
      ['obsolete', sandbox.obsolete],
      ['elevateprivileges', sandbox.elevatePrivileges],
      ['spawn', sandbox.spawn],
      ['resourcecontrol', sandbox.resourceControl],
    ]),
  ]
}

/** The user that QEMU becomes. `-runas` is the only way before 9.1 and gone since 10.0. */
function userWords({ user, runWith }: ResolvedVm['process']): string[] {
  if (user === undefined) return []
  return runWith ? ['-run-with', keyval(undefined, [['user', user]])] : ['-runas', user]
}

/** A secret is read from its file, where `ps` and the record of the VM do not show it. */
export function secretObjects({ secrets }: ResolvedVm): string[] {
  return secrets.flatMap(({ id, file }) => [
    '-object',
    keyval('secret', [
      ['id', id],
      ['file', file],
    ]),
  ])
}

/** Where QEMU listens for QMP. */
export function monitors({ qmp }: ResolvedVm): string[] {
  return qmp.flatMap((monitor, index) =>
    'path' in monitor
      ? ['-qmp', `${unixAddress(monitor.path)},server=on,wait=off`]
      : networkMonitor(monitor, `qmp${index}`),
  )
}

type NetworkMonitor = Exclude<ResolvedVm['qmp'][number], { path: string }>

function networkMonitor({ type, host, port, tls }: NetworkMonitor, id: string): string[] {
  const chardev = keyval('socket', [
    ['id', id],
    ['host', host],
    ['port', port],
    ['server', true],
    ['wait', false],
    ['websocket', type === 'websocket' ? true : undefined],
    ['tls-creds', tls && `${id}-tls`],
  ])
  const object = tls === undefined ? [] : serverCredentials(`${id}-tls`, tls)
  return [...object, '-chardev', chardev, '-qmp', `chardev:${id}`]
}
