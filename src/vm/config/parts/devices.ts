import { should, strict, text, z } from '../../../util/schema.ts'
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
        .describe('What QEMU does when the guest does not reset the watchdog in time'),
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
      tablet: z
        .boolean()
        .default(false)
        .describe('A pointing device that follows the mouse of a viewer exactly'),
      devices: z
        .array(strict({ vendorId: usbNumber, productId: usbNumber }))
        .default([])
        .describe('Devices of the host'),
      redirections: z
        .int()
        .min(1)
        .max(4)
        .optional()
        .describe('How many USB devices of a SPICE viewer the guest may have'),
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
    .regex(/^(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/i, { error: pciAddress })
    .optional(),
  mdev: z
    .uuid({ error: should('be the UUID of a mediated device') })
    .optional()
    .describe('In place of host: a mediated device, such as a part of a graphics card'),
  primary: z.boolean().optional().describe('A graphics card that is the first screen of the guest'),
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
  const { tablet, devices, redirections = 0 } = typeof usb === 'object' ? usb : { tablet: false, devices: [] }
  const redirected = Array.from({ length: redirections }, (_, index) => `usbredir${index}`)
  return {
    chardevs: redirected.map((id) =>
      keyval('spicevmc', [
        ['id', id],
        ['name', 'usbredir'],
      ]),
    ),
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
      ...redirected.map((id) =>
        keyval('usb-redir', [
          ['chardev', id],
          ['id', id],
          ['bus', 'usb0.0'],
        ]),
      ),
      ...passthrough.map(({ id, host, mdev, primary }, index) =>
        keyval('vfio-pci', [
          ['id', id ?? `passthrough${index}`],
          ['host', host],
          ['sysfsdev', mdev === undefined ? undefined : `/sys/bus/mdev/devices/${mdev}`],
          ['x-vga', primary],
        ]),
      ),
    ],
    options: hasWatchdog ? ['-action', keyval(undefined, [['watchdog', action]])] : [],
    slots: (hasWatchdog ? 1 : 0) + (hasUsb ? 1 : 0) + passthrough.length,
  }
}

/** The screens of QEMU that guests have drivers for, by its own names. */
export const videoSchema = z
  .enum([
    ...(['VGA', 'virtio-vga', 'virtio-gpu-pci', 'qxl-vga', 'cirrus-vga', 'vmware-svga'] as const),
    ...(['bochs-display', 'ramfb'] as const),
  ])
  .describe('The graphics card; VGA when absent and there is a display')

/** A sound card, and where its sound goes. */
export const audioSchema = z
  .union(
    [z.boolean(), strict({ backend: z.enum(['none', 'spice', 'alsa', 'pa', 'pipewire']).default('none') })],
    { error: should('be true, false or {"backend": …}') },
  )
  .describe('A sound card (HDA). With true its sound goes to SPICE if that is the display, else nowhere')

const sizes = should('be a power of 2')

/** Memory that several VMs map, https://www.qemu.org/docs/master/system/devices/ivshmem.html. */
export const sharedMemorySchema = strict({
  id: qemuId,
  path: text.describe('The file with the memory, the same for all VMs. It is made when it is missing'),
  sizeMiB: z
    .int({ error: sizes })
    .min(1, { error: sizes })
    .refine((size) => Number.isInteger(Math.log2(size)), { error: sizes }),
})

interface Screen {
  readonly video?: z.output<typeof videoSchema> | undefined
  readonly audio?: z.output<typeof audioSchema> | undefined
  readonly sharedMemory?: readonly z.output<typeof sharedMemorySchema>[] | undefined
  readonly hasSpice: boolean
}

/** The words of the screen, the sound, and memory that is shared with other VMs. */
export function screenWords({ audio, hasSpice, sharedMemory = [], video }: Screen): Words {
  const hasAudio = audio !== undefined && audio !== false
  const backend = typeof audio === 'object' ? audio.backend : hasSpice ? 'spice' : 'none'
  return {
    objects: sharedMemory.map(({ id, path, sizeMiB }) =>
      keyval('memory-backend-file', [
        ['id', `shm-${id}`],
        ['size', `${sizeMiB}M`],
        ['mem-path', path],
        ['share', true],
      ]),
    ),
    devices: [
      ...(video === undefined ? [] : [keyval(video, [['id', 'video0']])]),
      ...(hasAudio
        ? [
            keyval('ich9-intel-hda', [['id', 'sound0']]),
            keyval('hda-duplex', [
              ['id', 'codec0'],
              ['bus', 'sound0.0'],
              ['audiodev', 'audio0'],
            ]),
          ]
        : []),
      ...sharedMemory.map(({ id }) =>
        keyval('ivshmem-plain', [
          ['id', id],
          ['memdev', `shm-${id}`],
        ]),
      ),
    ],
    options: hasAudio ? ['-audiodev', keyval(backend, [['id', 'audio0']])] : [],
    slots: (video === undefined || video === 'ramfb' ? 0 : 1) + (hasAudio ? 1 : 0) + sharedMemory.length,
  }
}
