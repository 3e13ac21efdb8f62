// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Open } from '../common-types.ts'

/** [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-run-state.RunState) */
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
  /** @since 2.8 */
  | 'colo'

/** [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-run-state.ShutdownCause) */
export type ShutdownCause =
  | 'none'
  | 'host-error'
  | 'host-qmp-quit'
  | 'host-qmp-system-reset'
  | 'host-signal'
  | 'host-ui'
  | 'guest-shutdown'
  | 'guest-reset'
  | 'guest-panic'
  | 'subsystem-reset'
  /** @since 7.2 */
  | 'snapshot-load'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-run-state.StatusInfo)
 * @since 0.14
 */
export type StatusInfo = {
  readonly running: boolean
  readonly status: Open<RunState>
  /**
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly singlestep?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-run-state.WatchdogAction)
 * @since 2.1
 */
export type WatchdogAction =
  | 'reset'
  | 'shutdown'
  | 'poweroff'
  | 'pause'
  | 'debug'
  | 'none'
  /** @since 2.4 */
  | 'inject-nmi'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-run-state.RebootAction)
 * @since 6.0
 */
export type RebootAction = 'reset' | 'shutdown'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-run-state.ShutdownAction)
 * @since 6.0
 */
export type ShutdownAction = 'poweroff' | 'pause'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-run-state.PanicAction)
 * @since 6.0
 */
export type PanicAction =
  | 'pause'
  | 'shutdown'
  /** @since 7.1 */
  | 'exit-failure'
  | 'none'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-run-state.GuestPanicAction)
 * @since 2.1
 */
export type GuestPanicAction =
  | 'pause'
  /** @since 2.8 */
  | 'poweroff'
  /** @since 5.0 */
  | 'run'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-run-state.GuestPanicInformationType)
 * @since 2.9
 */
export type GuestPanicInformationType =
  | 'hyper-v'
  /** @since 2.12 */
  | 's390'
  /** @since 10.1 */
  | 'tdx'
  /** @since 11.0 */
  | 'sev'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-run-state.GuestPanicInformation)
 * @since 2.9
 */
export type GuestPanicInformation = (
  | ({ readonly type: 'hyper-v' } & GuestPanicInformationHyperV)
  /** @since 2.12 */
  | ({ readonly type: 's390' } & GuestPanicInformationS390)
  /** @since 10.1 */
  | ({ readonly type: 'tdx' } & GuestPanicInformationTdx)
  /** @since 11.0 */
  | ({ readonly type: 'sev' } & GuestPanicInformationSev)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-run-state.GuestPanicInformationHyperV)
 * @since 2.9
 */
export type GuestPanicInformationHyperV = {
  readonly arg1: Int64
  readonly arg2: Int64
  readonly arg3: Int64
  readonly arg4: Int64
  readonly arg5: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-run-state.S390CrashReason)
 * @since 2.12
 */
export type S390CrashReason =
  | 'unknown'
  | 'disabled-wait'
  | 'extint-loop'
  | 'pgmint-loop'
  | 'opint-loop'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-run-state.GuestPanicInformationS390)
 * @since 2.12
 */
export type GuestPanicInformationS390 = {
  readonly core: number
  readonly 'psw-mask': Int64
  readonly 'psw-addr': Int64
  readonly reason: Open<S390CrashReason>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-run-state.GuestPanicInformationTdx)
 * @since 10.1
 */
export type GuestPanicInformationTdx = {
  readonly 'error-code': number
  readonly message: string
  readonly gpa?: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-run-state.GuestPanicInformationSev)
 * @since 11.0
 */
export type GuestPanicInformationSev = {
  readonly set: number
  readonly code: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-run-state.MemoryFailureRecipient)
 * @since 5.2
 */
export type MemoryFailureRecipient = 'hypervisor' | 'guest'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-run-state.MemoryFailureAction)
 * @since 5.2
 */
export type MemoryFailureAction = 'ignore' | 'inject' | 'fatal' | 'reset'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-run-state.MemoryFailureFlags)
 * @since 5.2
 */
export type MemoryFailureFlags = {
  readonly 'action-required': boolean
  readonly recursive: boolean
}
