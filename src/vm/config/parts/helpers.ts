import { should, strict, text, z } from '../../../util/schema.ts'
import { qemuId } from '../../../volumes/forms.ts'
import { keyval } from '../keyval.ts'
import { shareSocket, tpmSocket, type Words } from './words.ts'

/** A TPM 2.0, made by swtpm. */
export const tpmSchema = z
  .union([z.boolean(), strict({ stateDir: text })], { error: should('be true, false or {"stateDir": …}') })
  .describe(
    "A TPM 2.0 by swtpm; its state is in the VM's directory, and ends with it, unless stateDir names one",
  )

const tag = should('be a text of 1 to 36 bytes')

/** A folder of the host that the guest mounts by virtiofs. */
export const shareSchema = strict({
  id: qemuId,
  path: text
    .refine((path) => path.startsWith('/') && !path.includes(','), {
      error: should('be an absolute path without a comma'),
    })
    .describe('The folder'),
  tag: z
    .string({ error: tag })
    .min(1, { error: tag })
    .refine((name) => Buffer.byteLength(name) <= 36, { error: tag })
    .optional()
    .describe('The name by which the guest mounts the folder (mount -t virtiofs TAG …); the id when absent'),
})

export type Share = z.output<typeof shareSchema>

interface Helped {
  readonly tpm?: z.output<typeof tpmSchema> | undefined
  readonly shares?: readonly Share[] | undefined
  readonly arch?: string | undefined
  /** Names a file of the VM's own by its place. */
  readonly place: (name: string) => string
}

/** The words of what a program beside QEMU does its part of: the launch starts it first. */
export function helperWords({ arch, place, shares = [], tpm }: Helped): Words {
  const hasTpm = tpm !== undefined && tpm !== false
  const chardev = (id: string, socket: string) =>
    keyval('socket', [
      ['id', id],
      ['path', place(socket)],
    ])
  return {
    chardevs: [
      ...(hasTpm ? [chardev('tpm0', tpmSocket)] : []),
      ...shares.map(({ id }) => chardev(`share-${id}`, shareSocket(id))),
    ],
    devices: [
      ...(hasTpm ? [keyval(tpmDevice(arch), [['tpmdev', 'tpm0']])] : []),
      ...shares.map((share) =>
        keyval('vhost-user-fs-pci', [
          ['id', `share-${share.id}`],
          ['chardev', `share-${share.id}`],
          ['tag', share.tag ?? share.id],
          ['queue-size', 1024],
        ]),
      ),
    ],
    options: hasTpm
      ? [
          '-tpmdev',
          keyval('emulator', [
            ['id', 'tpm0'],
            ['chardev', 'tpm0'],
          ]),
        ]
      : [],
    slots: shares.length,
  }
}

/** The device of a TPM on machines of this architecture. */
export function tpmDevice(arch: string | undefined): string {
  return arch === 'aarch64' ? 'tpm-tis-device' : 'tpm-crb'
}
