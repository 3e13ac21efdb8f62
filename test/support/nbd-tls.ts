import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificates } from './certificates.ts'
import { freshName, testDirectory } from './vm.ts'

/** Directories of certificates, as QEMU and nbdkit name them. */
export function certificateDirectories() {
  const own = testDirectory(freshName('c'))
  const other = testDirectory(freshName('c'))
  makeCertificates(own)
  makeCertificates(other)
  return {
    /** Of one CA, for both ends. */
    own,
    /** The same of another CA. */
    other,
    /** Nothing but the first CA. */
    caOnly: gather([own, 'ca-cert.pem']),
    /** The first CA beside a client's certificate of the other. */
    foreign: gather([own, 'ca-cert.pem'], [other, 'client-cert.pem'], [other, 'client-key.pem']),
  }
}

function gather(...files: (readonly [string, string])[]): string {
  const directory = testDirectory(freshName('c'))
  for (const [from, name] of files) cpSync(join(from, name), join(directory, name))
  return directory
}
