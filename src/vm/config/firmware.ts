import type { Fault } from '../../errors.ts'
import { should, shouldHave, show, strict, text, z } from '../../util/schema.ts'
import { formatOfFile, isNbdUri, readPlainNbdUri } from '../../volumes/forms.ts'

/** The schema of a VM's firmware. */
export const firmwareSchema = z.discriminatedUnion(
  'type',
  [
    strict({ type: z.literal('bios'), path: text }),
    strict({
      type: z.literal('uefi'),
      code: text.optional().describe("The flash with the code; Debian's of the architecture when absent"),
      format: z
        .enum(['raw', 'qcow2'])
        .optional()
        .describe(
          'The format of all these files. When absent, the ending of code decides it, never the content',
        ),
      varsTemplate: text
        .optional()
        .describe(
          'A new VM gets its variables from this file. When code is absent too, the template of that code',
        ),
      secureBoot: z
        .boolean({ error: should('be true or false') })
        .optional()
        .describe(
          'Boots only what is signed by an enrolled key: those of Microsoft and Debian, with the default files. On x86_64 it needs q35',
        ),
      vars: text
        .optional()
        .describe(
          'Where the variables of this VM stay: a file, made from the template when it is missing, or an NBD address. When absent they are in the VM’s directory and end with it',
        ),
    }),
  ],
  {
    error: shouldHave(
      'type',
      ['bios', 'uefi'],
      'be {"type": "bios", "path": …} or {"type": "uefi", "code": …, "vars": …}',
    ),
  },
)

type FirmwareConfig = z.output<typeof firmwareSchema>

/** Firmware with every file named. Without `vars` but with a template, a launched VM has a copy in its directory. */
export type Firmware =
  | { readonly type: 'bios'; readonly path: string }
  | {
      readonly type: 'uefi'
      readonly code: string
      readonly format: 'raw' | 'qcow2'
      readonly secureBoot?: boolean
      readonly varsTemplate?: string
      readonly vars?: string
    }

/** The flash files of Debian's packages ovmf and qemu-efi-aarch64. */
const flashFiles = {
  x86_64: { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', varsTemplate: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  aarch64: { code: '/usr/share/AAVMF/AAVMF_CODE.fd', varsTemplate: '/usr/share/AAVMF/AAVMF_VARS.fd' },
}

/** Those with Secure Boot on and keys enrolled. */
const secureFlashFiles = {
  x86_64: { code: '/usr/share/OVMF/OVMF_CODE_4M.ms.fd', varsTemplate: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd' },
  aarch64: {
    code: '/usr/share/AAVMF/AAVMF_CODE.ms.fd',
    varsTemplate: '/usr/share/AAVMF/AAVMF_VARS.ms.fd',
  },
}

/** The name of a VM's own variables in its directory. */
export const varsFile = 'efi-vars.fd'

/** Fills in the flash files that were not named. Variables on a server are there already, and need no template. */
export function resolveFirmware(firmware: FirmwareConfig, arch: keyof typeof flashFiles): Firmware {
  if (firmware.type === 'bios') return firmware
  const { code, vars } = firmware
  const isSecure = firmware.secureBoot === true
  const known = (isSecure ? secureFlashFiles : flashFiles)[arch]
  const isServed = vars !== undefined && isNbdUri(vars)
  const varsTemplate = firmware.varsTemplate ?? (code === undefined ? known.varsTemplate : undefined)
  return {
    type: 'uefi',
    code: code ?? known.code,
    format: firmware.format ?? formatOfFile(code ?? known.code),
    ...(isSecure ? { secureBoot: true } : {}),
    ...(varsTemplate === undefined || isServed ? {} : { varsTemplate }),
    ...(vars === undefined ? {} : { vars }),
  }
}

/** What is wrong between the keys of a firmware. */
export function firmwareFaults(
  firmware: FirmwareConfig,
  arch: keyof typeof flashFiles,
  machine: string | undefined,
): Fault[] {
  return [...secureFaults(firmware, arch, machine), ...varsFaults(firmware)]
}

/** Secure Boot that would not be whole: without keys nothing is checked, without SMM the guest can write them. */
function secureFaults(firmware: FirmwareConfig, arch: string, machine: string | undefined): Fault[] {
  if (firmware.type === 'bios' || firmware.secureBoot !== true) return []
  const fault = (message: string): Fault[] => [{ path: 'firmware.secureBoot', message, value: true }]
  if (arch === 'x86_64' && (machine === undefined || !/^(?:pc-)?q35\b/.test(machine)))
    return fault(`needs a machine with SMM: machine should be q35, and is ${machine ?? 'left to QEMU'}`)
  if (machine !== undefined && /,smm=/.test(machine))
    return fault(`turns SMM on by itself: machine ${show(machine)} should not set smm`)
  const { code, vars, varsTemplate } = firmware
  if (code === undefined || vars !== undefined || varsTemplate !== undefined) return []
  return fault('needs variables with enrolled keys: should have a varsTemplate or vars that fit the code')
}

function varsFaults(firmware: FirmwareConfig): Fault[] {
  if (firmware.type === 'bios' || firmware.vars === undefined || !isNbdUri(firmware.vars)) return []
  const { vars, varsTemplate } = firmware
  const address = readPlainNbdUri(vars)
  if (typeof address === 'string') {
    return [{ path: 'firmware.vars', message: `${show(vars)} ${address}`, value: vars }]
  }
  if (varsTemplate === undefined) return []
  const message = `${show(varsTemplate)} has no effect, since the variables are at ${vars}: should be left out`
  return [{ path: 'firmware.varsTemplate', message, value: varsTemplate }]
}
