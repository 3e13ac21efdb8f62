import { once } from 'node:events'
import { connect } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { within } from '../../util/deadline.ts'
import type { VmConfig } from '../config/schema.ts'
import { VmConfigError, VmError } from '../errors.ts'
import type { Vm } from '../life/roles.ts'

/** When a guest is ready: it has written a text to its serial console, or a function of the caller has ended. */
export type Readiness = { readonly text: string } | ((vm: Vm) => Promise<unknown>)

interface Limits {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs: number
}

/** Whether the guest is to have an agent. Pure. */
export const hasAgent = ({ guestAgent }: Pick<VmConfig, 'guestAgent'>): boolean =>
  guestAgent !== undefined && guestAgent !== false

/** @throws VmConfigError when nothing tells when the guest is ready. */
export function checkReadiness(ready: Readiness | undefined, config: Pick<VmConfig, 'guestAgent'>): void {
  if (ready !== undefined || hasAgent(config)) return
  const message =
    'nothing tells when the guest is ready: should be true, or say a text of its console (--ready-text)'
  throw new VmConfigError([{ path: 'guestAgent', message }])
}

/**
 * Lets a guest begin and waits until it is ready: by its agent unless told otherwise.
 * @throws VmError VM_TIMEOUT, VM_ABORTED, VM_NOT_RUNNING when the VM ends; what the caller's function throws.
 */
export async function beginAndWait(
  vm: Vm,
  ready: Readiness | undefined,
  { signal, timeoutMs }: Limits,
): Promise<void> {
  const ended = vm.exited.then((): never => {
    throw new VmError('VM_NOT_RUNNING', `VM ${vm.id} ended before its guest was ready`, {
      details: { vm: vm.id },
    })
  })
  ended.catch(() => {})
  const heard =
    ready !== undefined && typeof ready !== 'function' ? await listenFor(vm, ready.text) : undefined
  try {
    await vm.resume({ signal })
    const isReady =
      heard?.text ?? (typeof ready === 'function' ? ready(vm) : vm.guest.waitFor({ signal, timeoutMs }))
    await within(
      Promise.race([isReady, ended]),
      { signal, timeoutMs },
      {
        onTimeout: () =>
          new VmError('VM_TIMEOUT', `the guest of VM ${vm.id} was not ready within ${timeoutMs} ms`, {
            details: { vm: vm.id },
          }),
        onAbort: (cause) =>
          new VmError('VM_ABORTED', `waiting for the guest of VM ${vm.id} was aborted`, { cause }),
      },
    )
  } finally {
    heard?.stop()
  }
}

/** Hears the console of a guest that has not begun. */
async function listenFor(vm: Vm, text: string) {
  const socket = connect(vm.paths.console)
  await once(socket, 'connect')
  const decoder = new StringDecoder('utf8')
  let said = ''
  const found = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      said = (said + decoder.write(chunk)).slice(-2 * text.length - chunk.length)
      if (said.includes(text)) resolve()
    })
    socket.on('error', () => {})
  })
  return { text: found, stop: () => socket.destroy() }
}
