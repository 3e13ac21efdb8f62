import { leftOut, type Setting, type SizeClass, settings, settle } from './tuning.ts'

type Sysctls = Readonly<Record<string, string | undefined>>

/**
 * The recommended settings by key: what the host has already where that is better. Without the keys this kernel does
 * not have, and limits that are 0 where less is better: 0 says nothing, or that another key rules. Pure.
 */
export function recommendSysctls(found: Sysctls, size: SizeClass): Record<string, string> {
  const entries = settings.flatMap((setting) => {
    const value = recommend(setting, found, size)
    return value === undefined ? [] : [[setting.key, value] as const]
  })
  return Object.fromEntries(entries)
}

function recommend(setting: Setting, found: Sysctls, size: SizeClass): string | undefined {
  const text = found[setting.key]
  if (text === undefined || (setting.direction === 'at most' && text.trim() === '0')) return undefined
  return settle(setting, size, text)?.value
}

/** The same as a file for /etc/sysctl.d, each key with its reason. Pure. */
export function renderSysctlFile(
  found: Sysctls,
  { size, range }: { size: SizeClass; range: string },
): string {
  const recommended = recommendSysctls(found, size)
  const body = settings.flatMap(({ key, why }) => {
    const value = recommended[key]
    return value === undefined ? [] : [`# ${why}`, `${key} = ${value}`]
  })
  return [
    `# For a host with ${range} VMs, by qemu-launch doctor; never less than what the host had.`,
    '# Save as /etc/sysctl.d/99-qemu-launch.conf, then: sudo sysctl --system',
    '',
    ...body,
    '',
    '# Often advised, and left out:',
    ...leftOut.map(({ keys, why }) => `# ${keys}: ${why}`),
  ].join('\n')
}
