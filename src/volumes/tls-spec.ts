import type { JsonObject } from '../qmp/index.ts'
import { should, strict, text, z } from '../util/schema.ts'

const name = should('be the name or address in the certificate of the server')

/** How a volume's client proves its server, and itself. Keys are named by their directory, and never shown. */
export const volumeTlsSchema = strict({
  dir: text
    .regex(/^\/[^\0]*$/, { error: should('be the absolute path of a directory') })
    .describe(
      'Holds ca-cert.pem, and client-cert.pem with client-key.pem where the server asks for them; QEMU reads them too',
    ),
  verifyPeer: z.boolean().default(true).describe('Whether the certificate of the server is checked'),
  hostname: z
    .string({ error: name })
    .regex(/^[\w.:-]+$/, { error: name })
    .optional()
    .describe('The name in the certificate of the server, where it is not the host of the uri'),
})

export type VolumeTls = z.input<typeof volumeTlsSchema>

/** How a server proves itself. */
export const serverTlsSchema = strict({
  dir: text.describe(
    'Holds ca-cert.pem, server-cert.pem and server-key.pem; with verifyPeer also client-cert.pem and client-key.pem, by which the server is tried',
  ),
  verifyPeer: z
    .boolean()
    .optional()
    .describe('Whether a client needs a certificate of the same CA; not when absent'),
})

/** The credentials as QEMU and its tools take them, https://www.qemu.org/docs/master/system/tls.html. Pure. */
export function tlsCreds(
  id: string,
  endpoint: 'client' | 'server',
  { dir, verifyPeer = endpoint === 'client' }: Pick<VolumeTls, 'dir' | 'verifyPeer'>,
): JsonObject {
  return { 'qom-type': 'tls-creds-x509', id, endpoint, dir, 'verify-peer': verifyPeer }
}
