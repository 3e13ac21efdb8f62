import { should, strict, z } from '../../../util/schema.ts'
import { qemuId } from '../../../volumes/forms.ts'
import { keyval } from '../keyval.ts'
import type { Words } from './words.ts'

/** A timer that the guest has to feed. */
export const watchdogSchema = z.union(
  [
    z.boolean(),
    strict({
      model: z.enum(['i6300esb']).default('i6300esb'),
      action: z
        .enum(['reset', 'shutdown', 'poweroff', 'inject-nmi', 'pause', 'debug', 'none'])
        .default('reset')
        .describe('What QEMU does when the guest is late'),
    }),
  ],
  { error: should('be true, false or {"model": …, "action": …}') },
)

const usbId = should('be four hexadecimal digits, such as 0951')
const usbNumber = z.string({ error: usbId }).regex(/^[0-9a-fA-F]{4}$/, { error: usbId })

/** A USB controller and what is plugged in at the start. */
export const usbSchema = z.union(
  [
    z.boolean(),
    strict({
      tablet: z.boolean().default(false).describe('A pointer that follows the mouse of a viewer exactly'),
      devices: z
        .array(strict({ vendorId: usbNumber, productId: usbNumber }))
        .default([])
        .describe('Devices of the host'),
    }),
  ],
  { error: should('be true, false or {"tablet": …, "devices": …}') },
)

const pciAddress = should('be a PCI address of the host, such as 0000:01:00.0')

/** A PCI device of the host that the guest gets for itself (VFIO). */
export const passthroughSchema = strict({
  id: qemuId.optional().describe('passthrough0 onwards when absent'),
  host: z
    .string({ error: pciAddress })
    .regex(/^(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/i, { error: pciAddress }),
})

interface Devices {
  readonly watchdog?: z.output<typeof watchdogSchema> | undefined
  readonly usb?: z.output<typeof usbSchema> | undefined
  readonly passthrough?: readonly z.output<typeof passthroughSchema>[] | undefined
}

/** The words of devices that have a key of their own. */
export function deviceWords({ passthrough = [], usb, watchdog }: Devices): Words {
  const hasWatchdog = watchdog !== undefined && watchdog !== false
  const { model, action } = typeof watchdog === 'object' ? watchdog : { model: 'i6300esb', action: 'reset' }
  const hasUsb = usb !== undefined && usb !== false
  const { tablet, devices } = typeof usb === 'object' ? usb : { tablet: false, devices: [] }
  return {
    devices: [
      ...(hasWatchdog ? [keyval(model, [['id', 'watchdog0']])] : []),
      ...(hasUsb ? [keyval('qemu-xhci', [['id', 'usb0']])] : []),
      ...(tablet
        ? [
            keyval('usb-tablet', [
              ['id', 'tablet0'],
              ['bus', 'usb0.0'],
            ]),
          ]
        : []),
      ...devices.map(({ vendorId, productId }, index) =>
        keyval('usb-host', [
          ['id', `usb-host${index}`],
          ['bus', 'usb0.0'],
          ['vendorid', `0x${vendorId}`],
          ['productid', `0x${productId}`],
        ]),
      ),
      ...passthrough.map(({ id, host }, index) =>
        keyval('vfio-pci', [
          ['id', id ?? `passthrough${index}`],
          ['host', host],
        ]),
      ),
    ],
    options: hasWatchdog ? ['-action', keyval(undefined, [['watchdog', action]])] : [],
    slots: (hasWatchdog ? 1 : 0) + (hasUsb ? 1 : 0) + passthrough.length,
  }
}
