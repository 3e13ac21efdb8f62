import { stringifyJson } from '../../qmp/forms.ts'
import { attachCommands, portAddresses } from '../../volumes/forms.ts'
import { keyval } from '../config/keyval.ts'
import type { ResolvedVm } from '../config/resolve.ts'

/** The hot-plug ports. A port whose volume is to stay is told so, and refuses QEMU and the guest alike. */
export function portWords({ hotplugPorts = [], dataVolumes, nics }: ResolvedVm): string[] {
  const fixed = dataVolumes.filter(({ removable }) => !removable).map(({ bus }) => bus)
  const addresses = portAddresses(
    hotplugPorts.length,
    Math.min(...nics.map(({ slot = Number.POSITIVE_INFINITY }) => slot)),
  )
  return hotplugPorts.flatMap((id, index) => {
    const address = addresses[index]
    const port = keyval('pcie-root-port', [
      ['id', id],
      ['chassis', index + 1],
      ['slot', 0],
      ['addr', address && `0x${address.slot.toString(16)}.${address.function}`],
      ['multifunction', address?.function === 0 ? true : undefined],
      ['hotplug', fixed.includes(id) ? false : undefined],
    ])
    return ['-device', port]
  })
}

const options = { 'object-add': '-object', 'blockdev-add': '-blockdev', device_add: '-device' } as const

/** What a live attach of the data volumes would say, as words. */
export function volumeWords(
  { bootIndexes, cacheFiles, dataVolumes, cpus, fileDrivers: drivers }: ResolvedVm,
  step: keyof typeof options,
): string[] {
  return dataVolumes
    .flatMap((spec) =>
      attachCommands(spec, {
        ...{ preset: 'safe', vcpus: cpus.count, drivers },
        cacheFile: cacheFiles?.get(spec.id),
        bootIndex: bootIndexes?.get(spec.id),
      }),
    )
    .filter(({ execute }) => execute === step)
    .flatMap((command) => [options[step], stringifyJson(command.arguments)])
}
