import type { Fault } from '../../../errors.ts'
import { should, show, strict, text, z } from '../../../util/schema.ts'
import { qemuId } from '../../../volumes/forms.ts'
import { keyval, serverCredentials } from '../keyval.ts'
import { socketPath } from './socket-path.ts'

const host = should('be an address or a name, such as 127.0.0.1 or ::1')
const address = {
  host: z
    .string({ error: host })
    .regex(/^[\w.:-]+$/, { error: host })
    .default('127.0.0.1'),
  password: qemuId.optional().describe('The id of one of the secrets'),
  tls: strict({ dir: text.describe('Holds ca-cert.pem, server-cert.pem and server-key.pem') }).optional(),
}
/** VNC counts its displays from this port. */
const firstVncPort = 5900
const vncPort = z
  .int({ error: should(`be a port from ${firstVncPort}`) })
  .min(firstVncPort)
  .max(65535)

const vnc = strict({ type: z.literal('vnc'), socket: socketPath })
const vncOnPort = strict({ type: z.literal('vnc'), port: vncPort, ...address })
const spice = strict({ type: z.literal('spice'), socket: socketPath })
const spiceOnPort = strict({ type: z.literal('spice'), port: z.int().min(1).max(65535), ...address })

/** Where the screen of the VM is shown. */
export const displaySchema = z.union([z.enum(['none', 'default']), vnc, vncOnPort, spice, spiceOnPort], {
  error: should('be none, default, or {"type": "vnc" | "spice"} with a socket, or with a port'),
})

export type Display = z.output<typeof displaySchema>

const credentials = 'display-tls'

/** The words of the display. */
export function displayWords(display: Display): string[] {
  if (display === 'default') return []
  if (display === 'none') return ['-display', 'none']
  if ('socket' in display) {
    return display.type === 'vnc'
      ? ['-display', keyval(undefined, [['vnc', `unix:${display.socket}`]])]
      : spiceWords([
          ['unix', true],
          ['addr', display.socket],
          ['disable-ticketing', true],
        ])
  }
  const { host, password, port, tls, type } = display
  if (type === 'spice') {
    return spiceWords([
      ['addr', host],
      [tls === undefined ? 'port' : 'tls-port', port],
      ['x509-dir', tls?.dir],
      ['password-secret', password],
      ['disable-ticketing', password === undefined ? true : undefined],
    ])
  }
  const name = host.includes(':') ? `[${host}]` : host
  return [
    ...(tls === undefined ? [] : serverCredentials(credentials, { dir: tls.dir, verifyPeer: false })),
    '-display',
    keyval(undefined, [
      ['vnc', `${name}:${port - firstVncPort}`],
      ['password-secret', password],
      ['tls-creds', tls === undefined ? undefined : credentials],
    ]),
  ]
}

const spiceWords = (options: Parameters<typeof keyval>[1]) => ['-spice', keyval(undefined, options)]

/** Whether the guest is shown by SPICE, which has an agent in it. */
export function isSpice(display: Display): boolean {
  return typeof display === 'object' && display.type === 'spice'
}

/** A screen that anybody who reaches this host could use, and a password that is not there. */
export function displayFaults(display: Display | undefined, secrets: readonly string[]): Fault[] {
  if (typeof display !== 'object' || 'socket' in display) return []
  const { host, password, tls } = display
  if (password !== undefined && !secrets.includes(password)) {
    const message = `${show(password)} is not among the secrets: should be the id of one of them`
    return [{ path: 'display.password', message, value: password }]
  }
  const isLoopback = /^(?:127\.|::1$|localhost$)/.test(host)
  if (isLoopback || password !== undefined) return []
  const what = tls === undefined ? 'without a password' : 'without a password, and TLS asks for none'
  const message = `${show(host)} lets everybody see and use the guest, ${what}: should be 127.0.0.1, or have a password`
  return [{ path: 'display.host', message, value: host }]
}
