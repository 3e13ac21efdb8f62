import { QmpCommandError } from '../qmp/index.ts'

/**
 * What a refused removal means:
 * `gone` it is not there any more, `asked` the guest has been asked already, `later` ask again, `migrating` ask again, and
 * a migration may take long, `busy` something holds it, a device that is being taken apart for instance, `refused` asking
 * again will not help.
 */
export type RemovalVerdict = 'gone' | 'asked' | 'later' | 'migrating' | 'busy' | 'refused'

// QEMU tells these apart by words only: hw/pci/pcie.c, system/qdev-monitor.c, blockdev.c, qom/object_interfaces.c.
const wordings: readonly (readonly [RegExp, RemovalVerdict])[] = [
  [/already in the process of unplug/, 'asked'],
  [/guest is busy/, 'later'],
  [/not allowed while migrating/, 'migrating'],
  [/^(?:Node|Block device) \S+ is in use$/, 'busy'],
  [/^object '.*' is in use, can not be deleted$/, 'busy'],
  [/^Chardev '.*' is busy$/, 'busy'],
  [/^Failed to find node/, 'gone'],
  [/^Chardev '.*' not found$/, 'gone'],
  [/^object '.*' not found$/, 'gone'],
]

/** The verdict on an error of `device_del`, `blockdev-del`, `chardev-remove` or `object-del`; undefined for any other error. */
export function removalVerdict(error: unknown): RemovalVerdict | undefined {
  if (!(error instanceof QmpCommandError)) return undefined
  if (error.qmpClass === 'DeviceNotFound') return 'gone'
  return wordings.find(([wording]) => wording.test(error.desc))?.[1] ?? 'refused'
}
