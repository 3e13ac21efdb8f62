/** The values known today; QEMU may answer others, so a switch over it needs a default. */
export type Open<E extends string> = E | (string & {})

/** A QAPI integer of 64 bits: a `bigint` where a `number` would not be exact. */
export type Int64 = number | bigint

export type RunState =
  | 'debug'
  | 'inmigrate'
  | 'internal-error'
  | 'io-error'
  | 'paused'
  | 'postmigrate'
  | 'prelaunch'
  | 'finish-migrate'
  | 'restore-vm'
  | 'running'
  | 'save-vm'
  | 'shutdown'
  | 'suspended'
  | 'watchdog'
  | 'guest-panicked'
  | 'colo'

export type IoOperation = 'read' | 'write'
export type BlockErrorAction = 'ignore' | 'report' | 'stop'

export type JobType =
  | 'commit'
  | 'stream'
  | 'mirror'
  | 'backup'
  | 'create'
  | 'amend'
  | 'snapshot-load'
  | 'snapshot-save'
  | 'snapshot-delete'

export type JobStatus =
  | 'undefined'
  | 'created'
  | 'running'
  | 'paused'
  | 'ready'
  | 'standby'
  | 'waiting'
  | 'pending'
  | 'aborting'
  | 'concluded'
  | 'null'

export type MigrationStatus =
  | 'none'
  | 'setup'
  | 'cancelling'
  | 'cancelled'
  | 'active'
  | 'postcopy-active'
  | 'postcopy-paused'
  | 'postcopy-recover'
  | 'postcopy-recover-setup'
  | 'completed'
  | 'failed'
  | 'colo'
  | 'pre-switchover'
  | 'device'
  | 'wait-unplug'

export type IoStatus = 'ok' | 'failed' | 'nospace'

/** qapi/sockets.json @SocketAddress. */
export type SocketAddress =
  | {
      type: 'inet'
      host: string
      port: string
      numeric?: boolean | undefined
      to?: number | undefined
      ipv4?: boolean | undefined
      ipv6?: boolean | undefined
      'keep-alive'?: boolean | undefined
    }
  | { type: 'unix'; path: string; abstract?: boolean | undefined; tight?: boolean | undefined }
  | { type: 'vsock'; cid: string; port: string }
  | { type: 'fd'; str: string }
