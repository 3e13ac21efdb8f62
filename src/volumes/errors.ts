import { type ErrorCode, type ErrorContext, type Fault, QemuLaunchError } from '../errors.ts'
import { formatFaults, withoutUsers } from '../util/schema.ts'

type VolumeErrorCode = Extract<ErrorCode, `VOLUME_${string}`>

/** A call about a volume failed; `details` names the VM and the volume. Nothing was changed, unless the code says otherwise. */
export class VolumeError extends QemuLaunchError {
  declare readonly code: VolumeErrorCode

  constructor(code: VolumeErrorCode, message: string, context?: ErrorContext) {
    super(code, message, context)
  }
}

/** A volume file, an address or an option is wrong. `details.faults` has every fault at once. Nothing was done. */
export class VolumeSpecError extends VolumeError {
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[], what = 'volume') {
    const shown = withoutUsers(faults)
    super(
      'VOLUME_SPEC',
      `The ${what} ${what.endsWith('s') ? 'are' : 'is'} not right:\n${formatFaults(faults)}`,
      { details: { faults: shown } },
    )
    this.faults = shown
  }
}

/** No port is free, or no port has that name. The table is unchanged. */
export class VolumeNoPortError extends VolumeError {
  constructor(message: string, details: { volume: string; port?: string; ports: readonly string[] }) {
    super('VOLUME_NO_PORT', message, { details })
  }
}

/** The port that was asked for holds another volume, named in `details.occupant`. The table is unchanged. */
export class VolumePortOccupiedError extends VolumeError {
  constructor(volumeId: string, port: string, occupant: string) {
    super(
      'VOLUME_PORT_OCCUPIED',
      `Port ${port} cannot take volume ${volumeId}: it holds volume ${occupant}. Ask for another port, or name none and take the first free one.`,
      { details: { volume: volumeId, port, occupant } },
    )
  }
}

/** The volume already has another port than the caller asked for. The table is unchanged. */
export class VolumeExistsError extends VolumeError {
  constructor(volumeId: string, port: string, asked: string) {
    super(
      'VOLUME_EXISTS',
      `Volume ${volumeId} is at port ${port} already, so it cannot also take ${asked}. Detach it first.`,
      { details: { volume: volumeId, port, asked } },
    )
  }
}

export interface ApplyFailure {
  readonly code: 'VOLUME_ATTACH_FAILED' | 'VOLUME_DETACH_FAILED' | 'VOLUME_ABORTED'
  /** The command that failed. */
  readonly step: string
  /** QEMU understood and refused: the VM is as it was before the step. */
  readonly refused: boolean
  /** What could not be undone, and why. */
  readonly leftovers: readonly string[]
  readonly vm?: string
  readonly volume?: string
  /** Where the volume's data are. */
  readonly uri?: string
}

/** QEMU does not say which of its limits it was, nor which file is locked. */
function adviceOn(why: string, uri = 'its file'): string {
  if (/cancelled by timeout/.test(why))
    return ': the server takes longer than openTimeoutSeconds (3 unless given): say more of it; QEMU stands still that long'
  if (/Failed to get "\w+" lock/.test(why))
    return `: another process uses ${uri}, another VM or a server most often. End that first, or attach it readOnly in both`
  return ''
}

/** A plan failed. The first error is the cause, and the message has QEMU's own words. */
export class VolumeApplyError extends VolumeError {
  readonly #failure: ApplyFailure

  constructor(failure: ApplyFailure, cause: unknown) {
    const { code, leftovers, step, uri, vm, volume } = failure
    const why = cause instanceof Error ? cause.message : String(cause)
    const whose = volume === undefined ? '' : `volume ${volume}${vm === undefined ? '' : ` of VM ${vm}`}: `
    const rest = leftovers.length === 0 ? '' : `; could not undo: ${leftovers.join(', ')}`
    const verb = code === 'VOLUME_ABORTED' ? 'was aborted' : 'failed'
    const { code: _, ...told } = failure
    const words = code === 'VOLUME_ABORTED' ? {} : { qemu: why }
    super(code, `${whose}${step} ${verb}: ${why}${adviceOn(why, uri)}${rest}`, {
      cause,
      details: { ...told, ...words },
    })
    this.#failure = failure
  }

  /** Whether everything the plan had made is gone again. */
  get clean(): boolean {
    return this.#failure.leftovers.length === 0
  }

  /** Whether QEMU understood the step and refused it. */
  get refused(): boolean {
    return this.#failure.refused
  }

  /** The command that failed. */
  get step(): string {
    return this.#failure.step
  }

  /** Returns the same failure, which names the VM, the volume or the server. */
  about(whose: Pick<ApplyFailure, 'vm' | 'volume' | 'uri'>): VolumeApplyError {
    return new VolumeApplyError({ ...this.#failure, ...whose }, this.cause)
  }
}
