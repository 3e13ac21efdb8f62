import { QemuLaunchError } from '../../errors.ts'
import { QmpError } from '../../qmp/index.ts'
import { VolumeApplyError, VolumeError } from '../../volumes/index.ts'
import { isEnded, notRunning } from '../errors.ts'

/** The error of work on a volume: it names the VM and the volume, and says when the caller has aborted the work. */
export function failureAbout(
  error: unknown,
  whose: { readonly vm: string; readonly volume: string },
  signal: AbortSignal | undefined,
): unknown {
  if (isEnded(error)) return notRunning(whose.vm, error).tellOf(whose)
  if (error instanceof VolumeApplyError) return error.about(whose)
  const isAborted = error instanceof QmpError && error.code === 'QMP_ABORTED'
  if (signal?.aborted && (isAborted || error === signal.reason))
    return new VolumeError('VOLUME_ABORTED', `the work on volume ${whose.volume} was aborted`, {
      cause: error,
      details: whose,
    })
  return error instanceof QemuLaunchError ? error.tellOf(whose) : error
}

/** Whether QEMU could not be asked any more. */
export function isLost(error: unknown): boolean {
  if (!(error instanceof QemuLaunchError)) return false
  return error.code === 'QMP_CLOSED' || isEnded(error) || isLost(error.cause)
}
