/**
 * Where commands of QEMU and of its guest agent take what nobody else should read, as schema paths (see
 * `QmpSchema.has`); `**` stands for any steps in between, since block nodes hold block nodes.
 */
export const SECRET_PATHS: readonly string[] = [
  'blockdev-add/arg-type/**/+http/cookie',
  'blockdev-add/arg-type/**/+https/cookie',
  'blockdev-create/arg-type/**/+http/cookie',
  'blockdev-create/arg-type/**/+https/cookie',
  'blockdev-reopen/arg-type/**/+http/cookie',
  'blockdev-reopen/arg-type/**/+https/cookie',
  'change-vnc-password/arg-type/password',
  'guest-exec/arg-type/arg',
  'guest-exec/arg-type/env',
  'guest-exec/arg-type/input-data',
  'guest-file-write/arg-type/buf-b64',
  'guest-set-user-password/arg-type/password',
  'input-send-event/arg-type/events',
  'migrate-incoming/arg-type/channels/addr/+exec/args',
  'migrate/arg-type/channels/addr/+exec/args',
  'netdev_add/arg-type/+l2tpv3/rxcookie',
  'netdev_add/arg-type/+l2tpv3/txcookie',
  'object-add/arg-type/+secret/data',
  'object-add/arg-type/+secret/iv',
  'object-add/arg-type/+secret_keyring/iv',
  'ringbuf-write/arg-type/data',
  'send-key/arg-type/keys',
  'set_password/arg-type/password',
  'sev-inject-launch-secret/arg-type/secret',
]

/** What has a name like a secret's and is none, with the reason. */
export const PLAIN_PATHS: Readonly<Record<string, string>> = {
  'guest-ssh-add-authorized-keys/arg-type/keys': 'public keys',
  'guest-ssh-remove-authorized-keys/arg-type/keys': 'public keys',
  'netdev_add/arg-type/+l2tpv3/cookie64': 'a flag',
  'object-add/arg-type/+memory-backend-file/discard-data': 'a flag',
  'object-add/arg-type/+secret/keyid': 'the id of a secret object',
  'object-add/arg-type/+secret_keyring/keyid': 'the id of a secret object',
  'object-add/arg-type/+sev-snp-guest/host-data': 'part of the attestation report',
  'object-add/arg-type/+tls-creds-x509/passwordid': 'the id of a secret object',
  'x-blockdev-amend/arg-type/options/**/secret': 'the id of a secret object',
}

/** Of a secret whatever its form. */
const TELLING = /pass(?:word|wd|phrase)|secret|cookie|token|credential/i
/** Of a secret, or of a part of the message that has members of its own. */
const VAGUE = /(?:^|[-_])(?:key|keys|keyid|data|iv)$/i
/** QEMU's way to name a secret object: `key-secret`, `password-secret`. */
const SECRET_OBJECT = /[-_](?:secret|id)$/i

/** Whether a member of this name looks like a secret, for all the tables do not tell. */
export function looksSecret(name: string): 'yes' | 'unless structured' | 'no' {
  if (SECRET_OBJECT.test(name)) return 'no'
  if (TELLING.test(name)) return 'yes'
  return VAGUE.test(name) ? 'unless structured' : 'no'
}
