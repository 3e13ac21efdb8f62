import type { HostCheck } from './check.ts'
import type { HostFacts } from './facts.ts'

/** What the host keeps of VMs and their servers, and what it is itself. Pure. */
export function judgePlace(facts: HostFacts): HostCheck[] {
  return [judgeServers(facts), judgeLinger(facts), judgeNesting(facts)]
}

function judgeServers({ orphans }: HostFacts): HostCheck {
  const check = {
    name: 'servers of volumes',
    wanted: 'none orphaned',
    why: 'an orphaned server keeps its disk open, and nothing ends it: the process that started it has died',
  }
  if (orphans === undefined) return { ...check, status: 'unknown', found: 'unknown' }
  if (orphans.length === 0) return { ...check, status: 'ok', found: 'none orphaned' }
  const found = `${orphans.length} orphaned`
  const text = orphans.map((id) => `qemu-launch servers end ${id}`).join('; ')
  return { ...check, status: 'warn', found, fix: { kind: 'command', text } }
}

function judgeLinger({ linger }: HostFacts): HostCheck {
  const check = {
    name: 'linger',
    wanted: 'on',
    why: 'logind removes the state directory (below /run/user) when the last session of its user ends, and its VMs lose their records',
  }
  switch (linger) {
    case undefined:
      return { ...check, status: 'unknown', found: 'unknown' }
    case 'off':
      return {
        ...check,
        status: 'warn',
        found: 'off',
        fix: { kind: 'command', text: 'sudo loginctl enable-linger "$USER"   # or name another --state-dir' },
      }
    default:
      return { ...check, status: 'ok', found: linger }
  }
}

function judgeNesting({ hypervisor }: HostFacts): HostCheck {
  const check = {
    name: 'nesting',
    wanted: 'any',
    why: 'in a guest, KVM needs nested virtualization of its host, and each exit and disk request pays that host too',
  }
  if (hypervisor === undefined) return { ...check, status: 'unknown', found: 'unknown' }
  const found = hypervisor === 'none' ? 'no guest' : `itself a guest (${hypervisor})`
  return { ...check, status: 'ok', found }
}
