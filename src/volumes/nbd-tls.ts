import { isIP, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { readRegularFile } from '../util/regular-file.ts'
import type { VolumeTls } from './tls-spec.ts'

/** What a client has in hand for TLS. */
export interface TlsCredentials {
  readonly context: SecureContext
  /** Where they were read. */
  readonly dir: string
  readonly verifyPeer: boolean
  /** Whether there is a certificate to show to a server that asks for one. */
  readonly hasCertificate: boolean
}

const maxBytes = 1024 * 1024

/** Reads what QEMU's tls-creds-x509 would read there. @throws Error naming the file that is not right. */
export async function readCredentials({ dir, verifyPeer = true }: VolumeTls): Promise<TlsCredentials> {
  const read = (name: string) => readRegularFile(join(dir, name), maxBytes)
  const unlessMissing = (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    const [ca, cert, key] = await Promise.all([
      read('ca-cert.pem'),
      read('client-cert.pem').catch(unlessMissing),
      read('client-key.pem').catch(unlessMissing),
    ])
    const own = cert === undefined || key === undefined ? {} : { cert, key }
    return {
      context: createSecureContext({ ca, ...own }),
      dir,
      verifyPeer,
      hasCertificate: 'cert' in own,
    }
  } catch (error) {
    // Without the code of the cause, which would be taken for the server's.
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`cannot be asked over TLS: the credentials in ${dir} cannot be used: ${why}`)
  }
}

/** TLS over a connection whose server has agreed to it, once both ends are proved. @throws Error that completes "the server …". */
export function secure(
  socket: Socket,
  { context, dir, verifyPeer }: TlsCredentials,
  name: string | undefined,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const stream = connect({
      socket,
      secureContext: context,
      rejectUnauthorized: verifyPeer,
      // RFC 6066 has no server names that are addresses.
      ...(name === undefined ? {} : isIP(name) === 0 ? { servername: name } : { host: name }),
    })
    const onClose = () => reject(new Error('closed the connection in the middle of the TLS handshake'))
    stream.once('close', onClose)
    stream.once('error', (error) => reject(new Error(describe(error, dir), { cause: error })))
    stream.once('secureConnect', () => {
      stream.off('close', onClose)
      resolve(stream)
    })
  })
}

function describe(error: Error & { readonly code?: string }, dir: string): string {
  const { code = '', message } = error
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `has a certificate for another name: say it as tls.hostname (${message})`
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return `has a certificate that is not valid now: renew it (${message})`
  }
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return 'closed the connection in the middle of the TLS handshake'
  if (code.startsWith('ERR_')) return `did not come to terms over TLS: ${message}`
  return `has a certificate that ${join(dir, 'ca-cert.pem')} does not vouch for: take the CA that signed it (${message})`
}
