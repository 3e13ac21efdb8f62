import type { Fault } from '../../errors.ts'
import { should, strict, text, z } from '../../util/schema.ts'
import { qemuId } from '../../volumes/forms.ts'

// Typed as unknown: beside keys of other types the declaration would be wrong.
const property: z.ZodType<unknown> = z.json()

const objectSchema = z
  .object({ 'qom-type': text, id: qemuId })
  .catchall(property)
  .describe('As object-add takes it')

const chardevSchema = strict({
  id: qemuId,
  backend: z.object({ type: text, data: z.record(z.string(), z.json()).default({}) }),
}).describe('As chardev-add takes it')

/** A device with QEMU's own names: every other key is a property of its driver. */
export const liveDeviceSchema = z
  .object({
    driver: text.describe("QEMU's name of the device, such as vfio-pci"),
    id: qemuId,
    bus: qemuId.optional().describe('The port. A PCI device takes the first free hot-plug port when absent'),
    objects: z
      .array(objectSchema)
      .optional()
      .describe('Objects that the device needs. They are made before it, and removed with it'),
    chardevs: z
      .array(chardevSchema)
      .optional()
      .describe('Character devices that the device needs. They are made before it, and removed with it'),
  })
  .catchall(property)

export type LiveDevice = z.output<typeof liveDeviceSchema>

const otherVerbs = { drive: 'vm.volumes.attach', netdev: 'vm.nics.attach' } as const

/** What is wrong with a device that its schema lets pass. Pure. */
export function liveDeviceFaults(device: LiveDevice): Fault[] {
  const { chardevs = [], id, objects = [] } = device
  const others = Object.entries(otherVerbs)
    .filter(([key]) => key in device)
    .map(([path, verb]) => ({ path, message: `is not for this verb: use ${verb}`, value: device[path] }))
  // No other object of the VM is taken away with it then.
  const backends = [
    ...objects.map((object, index) => ({ path: `objects[${index}].id`, id: object.id })),
    ...chardevs.map((chardev, index) => ({ path: `chardevs[${index}].id`, id: chardev.id })),
  ]
  const strangers = backends
    .filter((each) => !each.id.startsWith(`${id}-`))
    .map(({ id: value, path }) => ({
      path,
      message: should(`begin with ${id}-, the id of the device`)({ input: value }),
      value,
    }))
  const secrets = objects.flatMap((object, index) =>
    object['qom-type'] === 'secret' && 'data' in object
      ? [{ path: `objects[${index}].data`, message: 'would be on record: name a file' }]
      : [],
  )
  return [...others, ...strangers, ...secrets]
}
