import { z } from '../../util/schema.ts'
import {
  volumeRecordSchema as placedVolumeSchema,
  serverRecordSchema,
  volumeLimitsSchema,
} from '../../volumes/index.ts'
import { vmConfigSchema } from '../config/schema.ts'

const identity = z.object({ pid: z.int(), startTime: z.string() })

const volumeRecordSchema = z.object({
  spec: placedVolumeSchema,
  preset: z.enum(['safe', 'hive']),
  port: z.string(),
  /** Written before the first command of an attach, after its last, and before the first of a detach. */
  phase: z.enum(['attaching', 'attached', 'detaching']),
  /** A forced detach has begun to cut it off from its server: it may be cut off, and nothing is promised. */
  cut: z.boolean().optional(),
  /** Cut off for good: nothing of the guest reaches its server any more. */
  severed: z.boolean().optional(),
  /** Its server, when one was handed over that any process can take up. */
  server: serverRecordSchema.optional(),
  /** The server lets in one client, QEMU: that it does not answer another one tells nothing. */
  solo: z.boolean().optional(),
  /** The number of the last departure before it came: it tells this stay from those before. */
  since: z.int().default(0),
  /** Limits that were put on a volume attached without any. */
  throttled: volumeLimitsSchema.optional(),
})

/** A volume that has left. Who did not see to it itself learns from here how it went; the number tells one leave from the next. */
const departureSchema = z.object({
  id: z.string(),
  how: z.enum(['detached', 'ejected']),
  number: z.int(),
  /** It was cut off from its server. */
  severed: z.boolean().optional(),
  /** The detach ended when nobody waited for it any more: its repeat is told. */
  unclaimed: z.boolean().optional(),
})

/** A server without its volume, which has left, or is not attached again after a restart of the VM: whoever finds it stops it. */
const looseServerSchema = z.object({ id: z.string(), server: serverRecordSchema })

/** The server of a volume that the VM keeps, started before QEMU and ended after it; on record before it is started. */
const bootServerSchema = z.object({
  id: z.string(),
  uri: z.string(),
  server: serverRecordSchema.optional(),
})

/** A volume that is to be attached again, as it was; its server, if any, waits for it. */
const dueVolumeSchema = volumeRecordSchema.pick({ spec: true, preset: true, server: true, throttled: true })

/** What is left to do of a restart after a crash. */
const restartSchema = z.object({
  volumes: z.array(dueVolumeSchema),
  /** Whether the guest is let begin when all of them are there. */
  resume: z.boolean(),
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
})

/** state.json. A later version of the library reads every earlier one. */
export const vmRecordSchema = z.object({
  version: z.literal(1),
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
  consoleLog: z.string().optional(),
  /** Absent while the VM is being launched. */
  process: identity.optional(),
  /** The machine that runs, with its version. Absent while the VM is being launched. */
  machine: z.string().optional(),
  volumes: z.array(volumeRecordSchema),
  /** The last ones, the latest at the end. */
  departures: z.array(departureSchema).default([]),
  looseServers: z.array(looseServerSchema).default([]),
  bootServers: z.array(bootServerSchema).default([]),
  /** Launched paused, and not let begin yet. */
  heldBack: z.boolean().optional(),
  /** Absent when there is nothing left of it: whoever owns the VM sees to it. */
  restart: restartSchema.optional(),
  exit: exitSchema.optional(),
})

export type VmRecord = z.output<typeof vmRecordSchema>
export type VolumeRecord = z.output<typeof volumeRecordSchema>
export type DueVolume = z.output<typeof dueVolumeSchema>
export type PendingRestart = z.output<typeof restartSchema>
export type BootServer = z.output<typeof bootServerSchema>
export type Departure = z.output<typeof departureSchema>
