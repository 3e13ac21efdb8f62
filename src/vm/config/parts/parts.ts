import { z } from '../../../util/schema.ts'
import { channelWords, guestAgentSchema, lineSchema, vsockSchema } from './channels.ts'
import { clockWords, rtcSchema } from './clock.ts'
import {
  audioSchema,
  deviceWords,
  passthroughSchema,
  screenWords,
  sharedMemorySchema,
  usbSchema,
  videoSchema,
  watchdogSchema,
} from './devices.ts'
import { helperWords, shareSchema, tpmSchema } from './helpers.ts'
import {
  credentialSchema,
  fwCfgSchema,
  identityWords,
  smbiosSchema,
  uuidSchema,
  vmGenIdSchema,
} from './identity.ts'
import { type MemoryFile, memoryFileWords, memorySchema, memoryWords } from './memory.ts'
import { pinningSchema } from './pinning.ts'
import type { Words } from './words.ts'

/** The keys of a config that each add a part to the VM. */
export const partKeys = {
  memory: memorySchema.optional().describe('Options of the memory; its size is memoryMiB'),
  guestAgent: guestAgentSchema.optional(),
  vsock: vsockSchema.optional(),
  serials: z.array(lineSchema).max(3).default([]).describe('Serial ports beside the console'),
  virtioConsole: lineSchema.optional().describe('A console without a serial port: hvc0 in a Linux guest'),
  tpm: tpmSchema.optional(),
  shares: z
    .array(shareSchema)
    .default([])
    .describe('Folders of the host that the guest mounts by virtiofs; the memory is shared then'),
  watchdog: watchdogSchema.optional(),
  usb: usbSchema.optional(),
  video: videoSchema.optional(),
  audio: audioSchema.optional(),
  sharedMemory: z.array(sharedMemorySchema).default([]).describe('Memory that other VMs map too (ivshmem)'),
  passthrough: z.array(passthroughSchema).default([]),
  uuid: uuidSchema.optional().describe("The VM's own; a launch makes one of the VM's name when absent"),
  smbios: smbiosSchema.optional(),
  pinning: pinningSchema.optional().describe('On which CPUs of the host the threads of the VM run'),
  vmGenId: vmGenIdSchema.optional(),
  fwCfg: z.array(fwCfgSchema).default([]),
  credentials: z.array(credentialSchema).default([]).describe('Credentials for systemd in the guest'),
  rtc: rtcSchema.optional(),
}

const partsObject = z.object(partKeys)

/** The parts of a VM, as its config has them. */
export type Parts = Readonly<z.output<typeof partsObject>>

/** What the words of the parts depend on beside the parts. */
export interface PartsOf {
  readonly memoryMiB: number
  /** Where the memory is, in place of what `parts.memory` says. */
  readonly memoryFile?: MemoryFile | undefined
  readonly hasSpice: boolean
  /** Whether another program maps the memory too. */
  readonly isShared?: boolean | undefined
  readonly arch?: string | undefined
  /** The directory of a launched VM. Without one, files of the VM's own have only their names. */
  readonly dir?: string | undefined
  readonly parts: Partial<Parts>
}

/** The memory of a VM: with shares, a program beside QEMU maps it too. */
function memoryOf({ memory, shares = [] }: Partial<Parts>, isShared: boolean): Parts['memory'] {
  return shares.length === 0 && !isShared ? memory : { ...memory, shared: true }
}

/** The words of all parts, together. Pure. */
export function partWords({
  arch,
  dir,
  hasSpice,
  isShared = false,
  memoryFile,
  memoryMiB,
  parts,
}: PartsOf): Required<Words> {
  const place = (name: string) => (dir === undefined ? name : `${dir}/${name}`)
  const memory = memoryOf(parts, isShared)
  const all: Words[] = [
    memoryFile === undefined ? {} : memoryFileWords(memoryMiB, memoryFile),
    memory === undefined || memoryFile !== undefined ? {} : memoryWords(memoryMiB, memory),
    channelWords({ ...parts, hasSpice, place }),
    deviceWords(parts),
    screenWords({ ...parts, hasSpice }),
    helperWords({ ...parts, arch, place }),
    identityWords(parts),
    clockWords(parts.rtc),
  ]
  const join = <T>(pick: (words: Words) => readonly T[] | undefined): T[] =>
    all.flatMap((words) => pick(words) ?? [])
  return {
    chardevs: join(({ chardevs }) => chardevs),
    objects: join(({ objects }) => objects),
    devices: join(({ devices }) => devices),
    machine: join(({ machine }) => machine),
    options: join(({ options }) => options),
    slots: all.reduce((sum, { slots = 0 }) => sum + slots, 0),
  }
}
