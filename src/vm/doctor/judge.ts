import type { HostCheck } from './check.ts'
import type { HostFacts } from './facts.ts'
import { judgeMachine } from './judge-machine.ts'
import { judgePlace } from './judge-place.ts'
import { judgePrograms } from './judge-programs.ts'
import { type Setting, type SizeClass, settings, settle, sizeFor, wantedFor } from './tuning.ts'

/** Every check of a host that is to carry so many VMs. Pure. */
export function judge(facts: HostFacts, vms: number): HostCheck[] {
  const { size } = sizeFor(vms)
  return [
    ...judgePrograms(facts),
    ...judgeMachine(facts, size),
    ...judgePlace(facts),
    ...settings.map((setting) => judgeSetting(setting, facts, size)),
  ]
}

function judgeSetting(setting: Setting, { sysctls, memory }: HostFacts, size: SizeClass): HostCheck {
  const { key, direction, position, why } = setting
  const limit = wantedFor(setting.wanted, size)
  const text = sysctls[key]
  const wanted = [position?.name, direction, limit].filter((word) => word !== undefined).join(' ')
  const settled = text === undefined ? undefined : settle(setting, size, text)
  if (text === undefined || settled === undefined) {
    return { name: key, status: 'unknown', found: 'unknown', wanted, why }
  }
  const check = { name: key, found: text.trim().split(/\s+/).join(' '), wanted, why }
  if (settled.enough || (key === 'vm.swappiness' && memory?.swapMiB === 0)) return { ...check, status: 'ok' }
  return { ...check, status: 'warn', fix: { kind: 'sysctl', text: `${key} = ${settled.value}` } }
}
