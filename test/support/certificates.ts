import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What QEMU's tls-creds-x509 wants to find in its directory, for both ends, signed by a CA of this test's own. */
export function makeCertificates(directory: string): void {
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: directory, stdio: 'ignore' })
  openssl(
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=test CA'],
    ...['-addext', 'keyUsage=critical,keyCertSign', '-keyout', 'ca-key.pem', '-out', 'ca-cert.pem'],
  )
  for (const end of ['server', 'client']) {
    writeFileSync(
      join(directory, `${end}.cnf`),
      `basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n` +
        `extendedKeyUsage=${end}Auth\nsubjectAltName=IP:127.0.0.1,DNS:localhost\n`,
    )
    openssl(
      ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${end}`],
      ...['-keyout', `${end}-key.pem`, '-out', `${end}.csr`],
    )
    openssl(
      ...['x509', '-req', '-days', '2', '-in', `${end}.csr`, '-CA', 'ca-cert.pem', '-CAkey', 'ca-key.pem'],
      ...['-CAcreateserial', '-extfile', `${end}.cnf`, '-out', `${end}-cert.pem`],
    )
  }
}
