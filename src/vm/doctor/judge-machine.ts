import type { HostCheck } from './check.ts'
import type { HostFacts } from './facts.ts'
import { needs, type SizeClass, type Wanted, wantedFor } from './tuning.ts'

/** What the machine and the limits of this process have room for. Pure. */
export function judgeMachine(facts: HostFacts, size: SizeClass): HostCheck[] {
  const enough = (given: Omit<Amount, 'wanted'> & { readonly wanted: Wanted }) =>
    judgeAmount({ ...given, wanted: wantedFor(given.wanted, size) })
  return [
    enough({
      name: 'CPUs',
      found: facts.cpus,
      wanted: needs.cpus,
      why: 'more VMs share the CPUs, and each gets slower',
      advice: 'spread the VMs over more hosts',
    }),
    enough({
      name: 'memory',
      found: facts.memory?.totalMiB,
      unit: 'MiB',
      wanted: needs.memoryMiB,
      why: 'the kernel kills a QEMU when guests take more memory than there is',
      advice: 'spread the VMs over more hosts',
    }),
    judgeStateDir(facts, wantedFor(needs.stateMiB, size)),
    enough({
      name: '/dev/shm',
      found: facts.shmFreeMiB,
      unit: 'MiB',
      wanted: needs.shmMiB,
      why: 'only for guest memory in files there (memory-backend-file): when it is full, SIGBUS kills QEMU',
      advice: 'sudo mount -o remount,size=50% /dev/shm; for a container --shm-size',
    }),
    enough({
      name: 'open files',
      found: facts.limits.openFiles,
      wanted: needs.openFiles,
      why: 'each QEMU and server that this process starts has the same limit; sockets count',
      advice: limitAdvice('nofile', 'LimitNOFILE', wantedFor(needs.openFiles, size)),
    }),
    enough({
      name: 'processes',
      found: facts.limits.processes,
      wanted: needs.tasks,
      why: 'counts the threads of one user, and a VM has up to a hundred; root has no such limit',
      advice: limitAdvice('nproc', 'LimitNPROC', wantedFor(needs.tasks, size)),
    }),
    enough({
      name: 'tasks (cgroup)',
      found: facts.pidsMax,
      wanted: needs.tasks,
      why: "a service's TasksMax counts all threads of its QEMUs; a QEMU that cannot start a thread dies",
      advice: 'in the unit of the service: TasksMax=infinity',
    }),
    enough({
      name: 'locked memory',
      found: facts.limits.lockedBytes,
      wanted: needs.lockedBytes,
      why: 'io_uring before Linux 5.12 counts here; a VM with VFIO or locked memory needs unlimited',
      advice: limitAdvice('memlock', 'LimitMEMLOCK', 'infinity'),
    }),
    judgeTransparentHugePages(facts),
    judgeHugePages(facts),
    judgeGovernor(facts),
    judgeCgroup(facts),
    {
      name: 'nbd module',
      status: 'ok',
      found: facts.hasNbdModule ? 'loaded' : 'not loaded',
      wanted: 'not needed',
      why: 'QEMU is an NBD client itself; /dev/nbd* only serves the host',
    },
  ]
}

interface Amount {
  readonly name: string
  readonly found: number | undefined
  readonly unit?: 'MiB'
  readonly wanted: number
  readonly why: string
  readonly advice: string
}

function judgeAmount({ name, found, unit, wanted: limit, why, advice }: Amount): HostCheck {
  const text = (amount: number) => {
    if (amount === Number.POSITIVE_INFINITY) return 'unlimited'
    return unit === undefined ? String(amount) : `${amount} ${unit}`
  }
  const check = {
    name,
    found: found === undefined ? 'unknown' : text(found),
    wanted: `at least ${text(limit)}`,
    why,
  }
  if (found === undefined) return { ...check, status: 'unknown' }
  if (found >= limit) return { ...check, status: 'ok' }
  return { ...check, status: 'warn', fix: { kind: 'advice', text: advice } }
}

function limitAdvice(name: string, unitKey: string, value: number | string): string {
  const word = value === 'infinity' ? 'unlimited' : value
  return `${unitKey}=${value} in the unit of the service; for logins "* - ${name} ${word}" in /etc/security/limits.d`
}

function judgeStateDir({ stateDir }: HostFacts, wantedMiB: number): HostCheck {
  if ('fault' in stateDir) {
    return {
      name: 'state directory',
      status: 'fail',
      found: 'not usable',
      wanted: `${wantedMiB} MiB free`,
      why: stateDir.fault,
      fix: { kind: 'advice', text: 'name another one by --state-dir or QEMU_LAUNCH_STATE_DIR' },
    }
  }
  const check = judgeAmount({
    name: 'state directory',
    found: stateDir.freeMiB,
    unit: 'MiB',
    wanted: wantedMiB,
    why: `console logs grow in ${stateDir.path}; when it is full no VM starts`,
    advice: 'make room, or name another one by --state-dir or QEMU_LAUNCH_STATE_DIR',
  })
  return stateDir.freeMiB === 0 ? { ...check, status: 'fail' } : check
}

function judgeTransparentHugePages({ transparentHugePages }: HostFacts): HostCheck {
  const check = {
    name: 'transparent huge pages',
    wanted: 'madvise or always',
    why: 'QEMU asks for them for the memory of guests; without them a guest is slower',
  }
  const chosen = /\[(\w+)\]/.exec(transparentHugePages ?? '')?.[1]
  if (chosen === undefined) return { ...check, status: 'unknown', found: 'unknown' }
  if (chosen !== 'never') return { ...check, status: 'ok', found: chosen }
  const text = 'echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled'
  return { ...check, status: 'warn', found: chosen, fix: { kind: 'command', text } }
}

function judgeHugePages({ memory }: HostFacts): HostCheck {
  const check = {
    name: 'reserved huge pages',
    wanted: 'none idle',
    why: 'only VMs with memory.hugePages use them; for all others this memory is lost',
  }
  if (memory === undefined) return { ...check, status: 'unknown', found: 'unknown' }
  const { total, free, sizeMiB } = memory.hugePages
  const found = total === 0 ? 'none' : `${free * sizeMiB} of ${total * sizeMiB} MiB idle`
  if (free === 0) return { ...check, status: 'ok', found }
  return {
    ...check,
    status: 'warn',
    found,
    fix: { kind: 'sysctl', text: `vm.nr_hugepages = ${total - free}` },
  }
}

function judgeGovernor({ governor }: HostFacts): HostCheck {
  const check = {
    name: 'CPU governor',
    wanted: 'not powersave',
    why: 'powersave keeps the lowest clock, except with the drivers intel_pstate and amd-pstate-epp',
  }
  if (governor === undefined) return { ...check, status: 'unknown', found: 'unknown' }
  const dynamic = /^(?:intel_pstate|amd-pstate-epp)$/.test(governor.driver)
  const found = `${governor.name} (${governor.driver})`
  if (governor.name !== 'powersave' || dynamic) return { ...check, status: 'ok', found }
  const text = 'sudo cpupower frequency-set -g schedutil'
  return { ...check, status: 'warn', found, fix: { kind: 'command', text } }
}

function judgeCgroup({ cgroup }: HostFacts): HostCheck {
  const check = { name: 'control groups', wanted: 'v2', why: 'limits of memory and I/O for each VM need v2' }
  if (cgroup === undefined) return { ...check, status: 'unknown', found: 'unknown' }
  if (cgroup === 'v2') return { ...check, status: 'ok', found: cgroup }
  const text = 'start the kernel with systemd.unified_cgroup_hierarchy=1'
  return { ...check, status: 'warn', found: cgroup, fix: { kind: 'advice', text } }
}
