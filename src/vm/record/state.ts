import { z } from '../../util/schema.ts'
import {
  mediumSchema,
  serverRecordSchema,
  volumeLimitsSchema,
  volumeRecordSchema,
} from '../../volumes/index.ts'
import { liveDeviceSchema } from '../config/live-device.ts'
import { nicSchema, vmConfigSchema } from '../config/schema.ts'

const identitySchema = z.object({ pid: z.int(), startTime: z.string() })

/** Written before the first effect of each phase. */
const phaseSchema = z.enum(['queued', 'attaching', 'attached', 'detaching', 'removing'])
const endSchema = z.enum(['detached', 'ejected', 'failed'])

/** What is on record of each attachment, whatever its kind and phase. */
const identified = {
  id: z.string(),
  /** Tells this stay of the device from those before and after it in this run of the VM. */
  generation: z.int(),
}

/** What is on record of each that has not ended. */
const live = {
  ...identified,
  phase: phaseSchema,
  /** How it is going to have ended, once it is being removed. */
  how: endSchema.optional(),
  /** The hot-plug port it is at. */
  port: z.string(),
}

const volumeAttachmentSchema = z.object({
  kind: z.literal('volume'),
  ...live,
  spec: volumeRecordSchema,
  preset: z.enum(['safe', 'hive']),
  /** A forced detach has begun to cut it off from its server: it may be cut off, and nothing is promised. */
  cut: z.boolean().optional(),
  /** Cut off for good: nothing of the guest reaches its server any more. */
  severed: z.boolean().optional(),
  /** Its server, if that was handed over and any process can adopt it. */
  server: serverRecordSchema.optional(),
  /** The server lets in one client, QEMU. Its silence towards another client says nothing. */
  singleClient: z.boolean().optional(),
  /** Limits that were put on a volume attached without any. */
  throttled: volumeLimitsSchema.optional(),
  /** Holds the file of its local cache until QEMU has opened that. */
  cacheDirectory: z.string().optional(),
  /** Its local cache has failed: the disk uses the server without it. */
  uncached: z.boolean().optional(),
})

const nicAttachmentSchema = z.object({ kind: z.literal('nic'), ...live, spec: nicSchema })

const deviceAttachmentSchema = z.object({
  kind: z.literal('device'),
  ...live,
  /** Absent where QEMU has chosen the bus. */
  port: z.string().optional(),
  spec: liveDeviceSchema,
})

/** How an attachment has ended, for a process that was not there. */
const endedAttachmentSchema = z.object({
  kind: z.enum(['volume', 'nic', 'device']),
  ...identified,
  phase: z.literal('ended'),
  how: endSchema,
  severed: z.boolean().optional(),
  /** The detach ended when nobody waited for it: the next call returns that. */
  unclaimed: z.boolean().optional(),
  /** The server that is still to be stopped, by the next process that finds it. */
  server: serverRecordSchema.optional(),
})

/** The server of a volume that the VM keeps, started before QEMU and ended after it; on record before it is started. */
const bootServerSchema = z.object({
  id: z.string(),
  uri: z.string(),
  server: serverRecordSchema.optional(),
})

/** A backup of a disk: the last one that ended well, which the next one builds on, or one under way. */
const backupSchema = z.object({
  /** The disk. */
  volume: z.string(),
  kind: z.enum(['full', 'incremental']),
  /** The image, by its whole path, or the NBD server. */
  target: z.string(),
  /** The images that the target stands on, the full backup first. */
  below: z.array(z.string()),
  createdAt: z.iso.datetime(),
  sizeBytes: z.number(),
  /** QEMU's node of the disk. */
  node: z.string(),
  /** On that node: what was written since the backup began. */
  bitmap: z.string(),
  /** What is removed at the end of a backup under way. */
  work: z
    .object({
      /** The device of the disk, by its path among QEMU's objects. */
      device: z.string(),
      /** The image that the target becomes. */
      part: z.string().optional(),
      scratch: z.string(),
      /** The bitmap of the backup before it, which an incremental one copies by. */
      base: z.string().optional(),
      /** The target has all of it. */
      done: z.boolean().optional(),
    })
    .optional(),
})

/** A port of the host that leads into the guest. */
const hostForwardSchema = z.object({
  nic: z.string(),
  protocol: z.enum(['tcp', 'udp']),
  hostAddress: z.string().optional(),
  hostPort: z.int(),
  guestAddress: z.string().optional(),
  guestPort: z.int(),
})

const exitSchema = z.object({
  reason: z.string(),
  clean: z.boolean(),
  forced: z.boolean().default(false),
  killed: z.boolean().default(false),
  exitCode: z.int().optional(),
  signal: z.string().optional(),
  log: z.string(),
  console: z.string().default(''),
  consoleLog: z.string().optional(),
})

/** state.json as it is written; `parseAnyForm` reads the earlier ones too. */
export const vmRecordSchema = z.object({
  version: z.literal(2),
  id: z.string(),
  createdAt: z.iso.datetime(),
  config: vmConfigSchema,
  argv: z.array(z.string()),
  vcpus: z.int(),
  ports: z.array(z.string()),
  /** Disks the VM started with: these are not detached. */
  bootDisks: z.array(z.string()),
  /** Where QEMU serves the serial console, when it does. */
  serial: z.string().optional(),
  /** Absent when an earlier version launched the VM, whose log is in the VM's directory. */
  consoleLog: z.string().optional(),
  /** The logs that a guest can fill, each with the size at which it is set aside. */
  logs: z.array(z.object({ path: z.string(), maxBytes: z.number() })).default([]),
  /** Keeps them so small. */
  logKeeper: identitySchema.optional(),
  /** Absent while the VM is being launched. */
  process: identitySchema.optional(),
  /** The machine that runs, with its version. Absent while the VM is being launched. */
  machine: z.string().optional(),
  /** Of its user networks, with the ports that the system has chosen. Absent while the VM is being launched. */
  forwards: z.array(hostForwardSchema).optional(),
  /** Those that have ended stay for a while, the latest at the end. */
  attachments: z.array(
    z.union([volumeAttachmentSchema, nicAttachmentSchema, deviceAttachmentSchema, endedAttachmentSchema]),
  ),
  bootServers: z.array(bootServerSchema).default([]),
  /** How many generations there have been. */
  generations: z.int(),
  /** What CD-ROM drives have in them in place of what the config says; null for nothing. */
  media: z.array(z.object({ drive: z.string(), medium: mediumSchema.nullable() })).default([]),
  /** The programs beside QEMU. */
  helpers: z.array(identitySchema.extend({ name: z.string() })).default([]),
  /** The links of cards of the config that `vm.nics.set` has changed. */
  links: z.record(z.string(), z.enum(['up', 'down'])).default({}),
  /** How much memory `vm.memory.set` has asked for; absent for the config's. */
  memoryMiB: z.int().optional(),
  /** Launched paused, and not let begin yet. */
  heldBack: z.boolean().optional(),
  /** Launched again after a crash: its owner lets the guest begin when nothing is queued any more. */
  begins: z.boolean().optional(),
  /** How far a reboot by the power button has come: the guest is asked to go down, or the machine is being reset. */
  reboot: z.enum(['asked', 'reset']).optional(),
  /** The work for which it stands still; it is to run on. */
  standsFor: z
    .object({ what: z.enum(['backup', 'copy', 'uncache']), volume: z.string().optional() })
    .optional(),
  backups: z.array(backupSchema).default([]),
  exit: exitSchema.optional(),
  /** The template that it is a clone of. */
  template: z.string().optional(),
  /** The pool that it waits in; absent when it was handed out. */
  pool: z.string().optional(),
})

export type HostForward = z.output<typeof hostForwardSchema>
export type VmRecord = z.output<typeof vmRecordSchema>
export type VolumeAttachment = z.output<typeof volumeAttachmentSchema>
export type NicAttachment = z.output<typeof nicAttachmentSchema>
export type DeviceAttachment = z.output<typeof deviceAttachmentSchema>
export type LiveAttachment = VolumeAttachment | NicAttachment | DeviceAttachment
export type BootServer = z.output<typeof bootServerSchema>
export type BackupRecord = z.output<typeof backupSchema>
export type EndedAttachment = z.output<typeof endedAttachmentSchema>
/** What a restart is to attach, as the next run of its VM gets it. */
export type Queued =
  | Omit<VolumeAttachment, 'generation'>
  | Omit<NicAttachment, 'generation'>
  | Omit<DeviceAttachment, 'generation'>
