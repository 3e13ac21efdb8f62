import type { Fault } from '../../errors.ts'
import { readKeyval } from './keyval.ts'
import type { VmConfig } from './schema.ts'

/** Every group of system calls that QEMU can be denied. */
export interface Sandbox {
  readonly obsolete: Verdict
  readonly elevatePrivileges: Verdict
  readonly spawn: Verdict
  readonly resourceControl: Verdict
}

type Verdict = 'allow' | 'deny'
type Group = keyof Sandbox

/** What of a VM decides about its sandbox. */
export interface Sandboxed {
  readonly nics: readonly Partial<VmConfig['nics'][number]>[]
  readonly rawNetdevs: readonly string[]
  readonly extraArgs: readonly string[]
  readonly process: { readonly user?: string | undefined }
}

type Wish = VmConfig['security']['sandbox']

const changeOfUser = 'process.user'

/** A group that a VM needs, and the part of its config that needs it. */
interface Use {
  readonly group: Group
  readonly reason: string
}

/**
 * The sandbox of a launched VM: everything denied but what the config itself needs or allows; false for none.
 * `warnings` has a sentence for each group that is open because of another part of the config. Pure.
 */
export function sandboxOf(
  vm: Sandboxed,
  wish?: Wish,
): { readonly sandbox: Sandbox | false; readonly warnings: readonly string[] } {
  if (wish === false) return { sandbox: false, warnings: [] }
  const said = typeof wish === 'object' ? wish : {}
  const uses = usesOf(vm).filter(({ group }) => said[group] === undefined)
  const verdict = (group: Group): Verdict =>
    said[group] ?? (uses.some((use) => use.group === group) ? 'allow' : 'deny')
  return {
    sandbox: {
      obsolete: verdict('obsolete'),
      elevatePrivileges: verdict('elevatePrivileges'),
      spawn: verdict('spawn'),
      resourceControl: verdict('resourceControl'),
    },
    // A process that is no longer root has nothing to elevate with.
    warnings: uses
      .filter(({ reason }) => reason !== changeOfUser)
      .map(({ group, reason }) => `the sandbox allows ${group}, for ${reason}`),
  }
}

/** A group that is denied although the config needs it: QEMU would be killed in the middle. */
export function sandboxFaults(vm: Sandboxed, wish: Wish): Fault[] {
  if (typeof wish !== 'object') return []
  return usesOf(vm)
    .filter(({ group }) => wish[group] === 'deny')
    .map(({ group, reason }) => ({
      path: `security.sandbox.${group}`,
      message: `"deny" would end QEMU, because of ${reason}: should be left out`,
      value: 'deny',
    }))
}

function usesOf({ nics, rawNetdevs, extraArgs, process }: Sandboxed): Use[] {
  const uses: Use[] = []
  const add = (group: Group, reason: string) => {
    if (!uses.some((use) => use.group === group)) uses.push({ group, reason })
  }
  if (process.user !== undefined) add('elevatePrivileges', changeOfUser)
  for (const [index, nic] of nics.entries()) {
    if (nic.type !== 'tap') continue
    if (nic.bridge !== undefined) {
      add('spawn', `nics[${index}].bridge`)
      // The helper is root's by its mode.
      add('elevatePrivileges', `nics[${index}].bridge`)
    }
    if (nic.script !== undefined) add('spawn', `nics[${index}].script`)
    if (nic.downScript !== undefined) add('spawn', `nics[${index}].downScript`)
  }
  for (const [index, value] of rawNetdevs.entries()) {
    if (runsPrograms(value)) add('spawn', `rawNetdevs[${index}]`)
  }
  for (const [index, word] of extraArgs.entries()) {
    const value = extraArgs[index + 1] ?? ''
    switch (word.replace(/^--/, '-')) {
      case '-netdev':
      case '-nic':
      case '-net':
        if (runsPrograms(value)) add('spawn', `${word} ${value}`)
        break
      case '-incoming':
        if (value.startsWith('exec:')) add('spawn', '-incoming exec:')
        break
      case '-runas':
      case '-run-with':
        if (word.endsWith('-runas') || /\buser=/.test(value)) add('elevatePrivileges', word)
        break
    }
  }
  return uses
}

/** Whether a network of QEMU's starts a program: tap runs /etc/qemu-ifup and -ifdown unless told not to. */
function runsPrograms(netdev: string): boolean {
  const { head, options } = readKeyval(netdev)
  switch (options.get('type') ?? head) {
    case 'tap': {
      if (options.has('fd') || options.has('fds')) return false
      return options.get('script') !== 'no' || options.get('downscript') !== 'no'
    }
    case 'bridge':
    case 'passt':
      return true
    case 'user':
      return options.has('smb') || /\bguestfwd=[^,]*-cmd:/.test(netdev)
    default:
      return false
  }
}
