import type { Pair } from '../keyval.ts'

/** What one key of a config adds to the command line, by the section it belongs to. */
export interface Words {
  /** Values of `-chardev`. */
  readonly chardevs?: readonly string[]
  /** Values of `-object`. */
  readonly objects?: readonly string[]
  /** Values of `-device`. */
  readonly devices?: readonly string[]
  /** Options of the machine. */
  readonly machine?: readonly Pair[]
  /** Further words, each option with its value. */
  readonly options?: readonly string[]
  /** PCI slots that the devices take. */
  readonly slots?: number
}

/** The name of the monitor for people in the directory of each VM. */
export const monitorSocket = 'monitor.sock'

/** The name of the guest agent's socket in the directory of a launched VM. */
export const agentSocket = 'agent.sock'

/** The id of the agent's channel, as a chardev and as a device. */
export const agentDevice = 'agent0'

/** The name of swtpm's socket in the directory of a launched VM. */
export const tpmSocket = 'tpm.sock'

/** The name of a share's socket in the directory of a launched VM. */
export const shareSocket = (id: string): string => `share-${id}.sock`

/** The device for memory that is added and taken away while the VM runs. */
export const virtioMem = 'vmem0'
