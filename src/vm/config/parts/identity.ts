import { createHash } from 'node:crypto'
import { should, strict, text, z } from '../../../util/schema.ts'
import { keyval, type Pair } from '../keyval.ts'
import type { Words } from './words.ts'

const uuidText = should('be a UUID, such as 4c4c4544-0042-3510-8048-b4c04f515132')

/** The identity that the firmware shows to the guest. */
export const uuidSchema = z
  .string({ error: uuidText })
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, { error: uuidText })

/** What the firmware says of the system (SMBIOS type 1) and its maker (type 11). */
export const smbiosSchema = strict({
  manufacturer: text.optional(),
  product: text.optional(),
  version: text.optional(),
  serial: text.optional(),
  sku: text.optional(),
  family: text.optional(),
  oemStrings: z.array(text).default([]).describe('Texts of any kind; systemd and cloud-init read them'),
})

/** The generation of the VM: a guest that finds another one renews its random state. */
export const vmGenIdSchema = z
  .union([z.literal('auto'), uuidSchema], { error: should('be auto or a UUID') })
  .describe('auto: QEMU makes a new one at each start')

const fwCfgName = should('be a name below opt/, such as opt/org.example/key, of at most 55 characters')

/** A file that the guest reads from its firmware, https://www.qemu.org/docs/master/specs/fw_cfg.html. */
export const fwCfgSchema = strict({
  name: z.string({ error: fwCfgName }).regex(/^opt\/[\x21-\x7e]{1,51}$/, { error: fwCfgName }),
  file: text.optional(),
  data: text.optional().describe('A text that the command line may show'),
}).superRefine(({ file, data }, context) => {
  if ((file === undefined) === (data === undefined))
    context.addIssue({ code: 'custom', message: 'should have either file or data' })
})

const credentialName = should('be 1 to 28 letters, digits, . _ or -')

/** A credential of systemd, https://systemd.io/CREDENTIALS/. It is read from a file, so no command line shows it. */
export const credentialSchema = strict({
  name: z.string({ error: credentialName }).regex(/^[\w.-]{1,28}$/, { error: credentialName }),
  file: text,
})

/** The UUID of a launched VM that names none: the same for the same name, and for no other (version 5, RFC 9562). */
export function uuidOf(name: string): string {
  const bytes = createHash('sha1').update(`qemu-launch VM ${name}`).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

interface Identity {
  readonly uuid?: string | undefined
  readonly smbios?: z.output<typeof smbiosSchema> | undefined
  readonly vmGenId?: string | undefined
  readonly fwCfg?: readonly z.output<typeof fwCfgSchema>[] | undefined
  readonly credentials?: readonly z.output<typeof credentialSchema>[] | undefined
}

/** The words of what tells the guest who it is. */
export function identityWords({ credentials = [], fwCfg = [], smbios, uuid, vmGenId }: Identity): Words {
  const { oemStrings = [], ...system } = smbios ?? {}
  const typed = (type: number, pairs: readonly Pair[]) =>
    pairs.some(([, value]) => value !== undefined)
      ? ['-smbios', keyval(undefined, [['type', type], ...pairs])]
      : []
  const firmwareFile = (name: string, from: Pair) => ['-fw_cfg', keyval(undefined, [['name', name], from])]
  return {
    devices:
      vmGenId === undefined
        ? []
        : [
            keyval('vmgenid', [
              ['id', 'vmgenid0'],
              ['guid', vmGenId],
            ]),
          ],
    options: [
      ...(uuid === undefined ? [] : ['-uuid', uuid]),
      ...typed(1, Object.entries(system)),
      ...typed(
        11,
        oemStrings.map((value) => ['value', value]),
      ),
      ...fwCfg.flatMap(({ name, file, data }) =>
        firmwareFile(name, file === undefined ? ['string', data] : ['file', file]),
      ),
      ...credentials.flatMap(({ name, file }) =>
        firmwareFile(`opt/io.systemd.credentials/${name}`, ['file', file]),
      ),
    ],
  }
}
