import { type ErrorCode, QemuLaunchError } from '../errors.ts'

/** What to try after an error of this code; undefined if the message says it already. `vm` is a name, or `<vm>`. */
type Hint = (vm: string, error: QemuLaunchError) => string | undefined

const hints: Readonly<Partial<Record<ErrorCode, Hint>>> = {
  VM_NOT_FOUND: () => 'qemu-launch list shows the VMs there are; --state-dir looks elsewhere',
  VM_NOT_RUNNING: (vm) => `qemu-launch status ${vm} shows how it ended`,
  VM_EXISTS: (vm) => `qemu-launch status ${vm} shows it`,
  VM_LOCKED: () => 'wait for the process that owns it, or end that process: the VM runs on',
  VM_LAUNCH: (_vm, { cause, details: { log } }) => {
    const words = typeof log === 'string' ? log : ''
    if (isMissing(cause) || /: not found$|\bkvm\b/im.test(words))
      return 'qemu-launch doctor says what this host lacks, with the names of packages'
    return words.includes('Could not set up host forwarding rule')
      ? 'another program has that port of the host: name another hostPort, or 0 for a free one'
      : undefined
  },
  VM_UNSUPPORTED: (_vm, { details: { binary, faults } }) => {
    if (binary !== undefined) return 'leave it out of the config, or name another QEMU with the key binary'
    return faults === undefined ? undefined : 'leave it out of the config'
  },
  VM_STATE: (vm, { details }) =>
    details.vm === undefined ? undefined : `qemu-launch status ${vm} shows what is there`,
  VM_TIMEOUT: (vm, { details }) => {
    // Of the VM that a template was to be made of nothing is left.
    if (details.condition !== undefined || details.template !== undefined)
      return 'repeat it, or give it longer with --timeout-ms'
    return details.timeoutMs === undefined
      ? `repeat it, or end the VM: qemu-launch kill ${vm}`
      : `repeat it, or end the VM: qemu-launch stop ${vm} --force`
  },
  VM_ABORTED: (vm, { details: { leftovers, template } }) =>
    // Of a launch that was aborted nothing is left, or its message names it.
    template === undefined && leftovers === undefined
      ? `qemu-launch status ${vm} shows what became of it`
      : undefined,
  VOLUME_EXISTS: (vm) => `qemu-launch status ${vm} lists its volumes`,
  VOLUME_NOT_FOUND: (vm) => `qemu-launch status ${vm} lists its volumes`,
  VOLUME_NO_PORT: () => 'detach a volume, or start the VM with more hotplugPorts',
  VOLUME_BACKEND: (_vm, { details }) =>
    details.readOnly === true || details.faults !== undefined
      ? undefined
      : 'check that its server runs, or that its file exists; then repeat',
  VOLUME_ATTACH_FAILED: (vm, { details }) =>
    isEmpty(details.leftovers)
      ? 'everything was undone: correct what QEMU names, then repeat'
      : `qemu-launch status ${vm} shows what is left`,
  VOLUME_DETACH_FAILED: (_vm, { details: { step } }) =>
    step === undefined || step === 'device_del'
      ? 'the volume is still attached: repeat when what uses it has ended'
      : 'the guest has let go of it: the rest is removed when what uses it has ended, by the owner of the VM or by a repeat',
  VOLUME_NOT_REMOVABLE: (vm) => `it stays until the VM ends: qemu-launch stop ${vm}`,
  VOLUME_ABORTED: (vm) => `qemu-launch status ${vm} shows the volume; repeat it to go on`,
  QMP_CONNECT: () => 'qemu-launch list shows which VMs run',
  QMP_GREETING: () => 'repeat it when the other client has gone, or when QEMU answers again',
  QMP_COMMAND_FAILED: (vm, error) =>
    'qmpClass' in error && error.qmpClass === 'CommandNotFound'
      ? `qemu-launch qmp ${vm} query-commands lists what its QEMU has`
      : undefined,
  QMP_TIMEOUT: (vm) =>
    `qemu-launch status ${vm} shows whether QEMU answers; a longer --timeout-ms waits for slow commands`,
  QMP_CLOSED: (vm) => `qemu-launch status ${vm} shows whether it still runs`,
  PROCESS_SPAWN: () => 'qemu-launch doctor says what this host lacks, with the names of packages',
}

/** Whether a program could not be started. */
function isMissing(cause: unknown): boolean {
  return cause instanceof QemuLaunchError && (cause.code === 'PROCESS_SPAWN' || isMissing(cause.cause))
}

function isEmpty(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0
}

/** What to try after an error, in one line; undefined when its message says so already, or there is nothing. Pure. */
export function hintFor(error: QemuLaunchError): string | undefined {
  const { left, vm } = error.details
  // No VM is left to look at.
  if (left === false) return undefined
  return hints[error.code]?.(typeof vm === 'string' ? vm : '<vm>', error)
}
