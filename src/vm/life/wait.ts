import { once } from 'node:events'
import { connect } from 'node:net'
import { untilGone } from '../../process/index.ts'
import { type CallOptions, checkTimeout } from '../../qmp/index.ts'
import { within } from '../../util/deadline.ts'
import { sleep } from '../../util/timer.ts'
import { VmError } from '../errors.ts'
import { defaultStateDir, vmPaths } from '../record/paths.ts'
import type { HostForward } from '../record/state.ts'
import { VmStore } from '../record/vm-store.ts'
import { processOf } from './find-qemu.ts'
import { userConnections } from './forwards.ts'
import type { StateDirOptions } from './inspect.ts'
import { followLogs } from './logs.ts'
import { reattachVm } from './reattach.ts'
import type { VmVisitor } from './roles.ts'

/**
 * What is waited for: an answer of the guest agent; a text on the serial console, also an earlier text; a TCP port of the guest
 * that a `hostForwards` leads to; the end of the VM.
 */
export type WaitCondition =
  | { readonly type: 'agent' }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'port'; readonly port: number }
  | { readonly type: 'ended' }

export interface WaitForVmOptions extends StateDirOptions, CallOptions {}

const waitTimeoutMs = 60_000
const lookForEndMs = 200

/**
 * Resolves when the condition holds. The VM keeps its owner.
 * @throws VmError VM_TIMEOUT (after 60 s unless given), VM_ABORTED; VM_NOT_FOUND; VM_NOT_RUNNING when the VM ends before;
 *   VM_UNSUPPORTED when its config has no agent, or no way to the port; what `reattachVm` throws.
 */
export async function waitForVm(
  id: string,
  condition: WaitCondition,
  { signal, stateDir = defaultStateDir(), timeoutMs = waitTimeoutMs }: WaitForVmOptions = {},
): Promise<void> {
  checkTimeout(timeoutMs)
  const stop = new AbortController()
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal])
  const details = { vm: id, condition }
  try {
    await within(
      waitFor(id, condition, stateDir, stopped),
      { signal, timeoutMs },
      {
        onTimeout: () =>
          new VmError('VM_TIMEOUT', `VM ${id}: ${describe(condition)} within ${timeoutMs} ms`, { details }),
        onAbort: (cause) => new VmError('VM_ABORTED', `waiting for VM ${id} was aborted`, { cause, details }),
      },
    )
  } finally {
    stop.abort()
  }
}

async function waitFor(
  id: string,
  condition: WaitCondition,
  stateDir: string,
  signal: AbortSignal,
): Promise<void> {
  switch (condition.type) {
    case 'ended':
      return untilEnded(id, stateDir, signal)
    case 'text':
      return untilSaid(id, condition.text, stateDir, signal)
    case 'agent':
    case 'port': {
      await using vm = await reattachVm(id, { stateDir, owner: false, signal })
      if (condition.type === 'port') await untilListening(vm, condition.port, signal)
      else await vm.guest.waitFor({ signal, timeoutMs: Number.POSITIVE_INFINITY })
      return
    }
    default:
      return condition satisfies never
  }
}

function describe(condition: WaitCondition): string {
  switch (condition.type) {
    case 'ended':
      return 'it has not ended'
    case 'text':
      return `its console did not say ${JSON.stringify(condition.text)}`
    case 'agent':
      return 'its guest agent did not answer'
    case 'port':
      return `nobody in the guest took a connection to port ${condition.port}`
    default:
      return condition satisfies never
  }
}

async function untilEnded(id: string, stateDir: string, signal: AbortSignal): Promise<void> {
  const paths = vmPaths(stateDir, id)
  const store = new VmStore({ id, paths })
  const qemu = await processOf(paths, await store.find())
  if (qemu !== undefined) await untilGone(qemu, signal, lookForEndMs)
  // Says so when there never was one.
  else await store.read()
}

async function untilSaid(id: string, text: string, stateDir: string, signal: AbortSignal): Promise<void> {
  let seen = ''
  for await (const more of followLogs(id, { stateDir, signal })) {
    seen += more
    if (seen.includes(text)) return
    seen = seen.slice(-text.length)
  }
  signal.throwIfAborted()
  throw new VmError(
    'VM_NOT_RUNNING',
    `VM ${id} has ended, and its console never said ${JSON.stringify(text)}`,
    {
      details: { vm: id },
    },
  )
}

const tryAgainMs = 500
const askTimeoutMs = 10_000

/** QEMU takes every connection for the guest, so that it is connected says nothing: its own list tells what the guest did. */
async function untilListening(vm: VmVisitor, port: number, signal: AbortSignal): Promise<void> {
  const forward = (await vm.forwards()).find(
    ({ guestPort, protocol }) => protocol === 'tcp' && guestPort === port,
  )
  if (forward === undefined) {
    const what = `no port of the host leads to port ${port} of VM ${vm.id}: give a NIC of type user a hostForwards to it`
    throw new VmError('VM_UNSUPPORTED', what, { details: { vm: vm.id, port } })
  }
  for (;;) {
    if (vm.state === 'exited')
      throw new VmError('VM_NOT_RUNNING', `VM ${vm.id} has ended`, { details: { vm: vm.id } })
    if (await takesConnection(vm, forward, signal)) return
    await sleep(tryAgainMs, { signal })
  }
}

/** Whether the guest takes a connection, or speaks on it. False when QEMU closes the connection, which the guest has refused. */
async function takesConnection(
  vm: VmVisitor,
  { guestPort, hostAddress = '0.0.0.0', hostPort }: HostForward,
  signal: AbortSignal,
): Promise<boolean> {
  const host = hostAddress === '0.0.0.0' ? '127.0.0.1' : hostAddress
  const socket = connect({ host, port: hostPort })
  let isOpen = true
  let hasSpoken = false
  socket.on('error', () => {})
  socket.once('close', () => {
    isOpen = false
  })
  socket.once('data', () => {
    hasSpoken = true
  })
  try {
    await Promise.race([once(socket, 'connect', { signal }), once(socket, 'close', { signal })]).catch(
      () => {},
    )
    while (isOpen && !hasSpoken) {
      const connections = await userConnections(vm.qmp, askTimeoutMs, signal)
      const isTaken = connections.some(
        ({ destinationPort, sourcePort, state }) =>
          sourcePort === hostPort && destinationPort === guestPort && taken.has(state),
      )
      if (isTaken) return true
      await sleep(lookForEndMs, { signal })
    }
    return hasSpoken
  } finally {
    socket.destroy()
  }
}

/** States of a TCP connection that the other side has taken. */
const taken: ReadonlySet<string> = new Set(['ESTABLISHED', 'CLOSE_WAIT', 'FIN_WAIT_1', 'FIN_WAIT_2'])
