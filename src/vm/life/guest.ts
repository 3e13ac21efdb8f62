import { QemuLaunchError } from '../../errors.ts'
import { type CallOptions, checkTimeout, type Qga, QgaClient, type QmpClient } from '../../qmp/index.ts'
import { within } from '../../util/deadline.ts'
import { programEnd } from '../disks/guest-program.ts'
import { VmError } from '../errors.ts'
import { agentDevice, type VmPaths } from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'

export interface GuestExecOptions extends CallOptions {
  /** What the program reads from its standard input. */
  readonly input?: string | Uint8Array | undefined
  /** `NAME=value`, in place of the agent's own environment. */
  readonly env?: readonly string[] | undefined
}

export interface GuestExecResult {
  readonly stdout: string
  readonly stderr: string
  /** 128 and the number of the signal for a program that a signal ended, as shells count it. */
  readonly exitCode: number
  /** The agent keeps 16 MiB of each output: more was cut off. */
  readonly truncated: boolean
}

/** A network card as the guest sees it. */
export interface GuestInterface {
  readonly name: string
  readonly mac: string | undefined
  readonly addresses: readonly {
    readonly type: 'ipv4' | 'ipv6'
    readonly address: string
    readonly prefix: number
  }[]
}

interface GuestParts {
  readonly id: string
  readonly paths: VmPaths
  readonly qmp: QmpClient
  readonly store: { read(): Promise<VmRecord> }
  /** @throws when the VM has ended, or was left. */
  readonly requireRunning: () => void
  /** What a failed call is told as. */
  readonly explain: (error: unknown) => Promise<Error>
}

const callTimeoutMs = 60_000
const connectTimeoutMs = 10_000
const chunkBytes = 48 * 1024
const maxFileBytes = 64 * 1024 * 1024

/**
 * The inside of a guest, by its agent (qemu-guest-agent) over the channel of `guestAgent` in the config. Every answer
 * comes from the guest: do not trust it. Calls of one process share a connection, which is closed when none is left,
 * since the channel serves one client at a time.
 * Every call throws VmError VM_UNSUPPORTED when the config has no `guestAgent`; QmpError QMP_GREETING when no agent answers
 * (`waitFor` waits for it), QMP_TIMEOUT (after 60 s unless given) and QMP_ABORTED, after which the guest may go on with it;
 * QmpCommandError when the agent refuses; VmError VM_NOT_RUNNING when the VM has ended.
 */
export class Guest {
  readonly #parts: GuestParts
  #shared: { readonly client: Promise<QgaClient>; users: number } | undefined

  /** @internal */
  constructor(parts: GuestParts) {
    this.#parts = parts
  }

  /**
   * Resolves when the agent answers. It hears of the agent's start from QEMU, so nothing is asked again and again.
   * @throws VmError VM_TIMEOUT (after 60 s unless given), VM_ABORTED.
   */
  async waitFor({ signal, timeoutMs = callTimeoutMs }: CallOptions = {}): Promise<void> {
    checkTimeout(timeoutMs)
    this.#parts.requireRunning()
    const end = performance.now() + timeoutMs
    const stop = new AbortController()
    const ended = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal])
    try {
      const answering = this.#opened(ended).then(() =>
        this.#with({ signal: ended, timeoutMs: Math.max(end - performance.now(), 1) }, (agent, limits) =>
          agent.sync(limits()),
        ),
      )
      await within(answering, { signal, timeoutMs }, this.#late(timeoutMs))
    } finally {
      stop.abort()
    }
  }

  /**
   * Runs a program in the guest and waits for its end. The program is found by the guest's PATH; no shell is between.
   * A deadline or an abort does not end the program.
   */
  exec(argv: readonly [string, ...string[]], options: GuestExecOptions = {}): Promise<GuestExecResult> {
    const [path, ...arg] = argv
    const { env, input } = options
    return this.#with(options, async (agent, limits) => {
      const program = {
        path,
        arg,
        ...(env === undefined ? {} : { env: [...env] }),
        ...(input === undefined ? {} : { 'input-data': Buffer.from(input).toString('base64') }),
        'capture-output': true,
      }
      const { pid } = await agent.execute('guest-exec', program, limits())
      return resultOf(await programEnd(agent, pid, limits))
    })
  }

  /** The guest's network cards with their addresses, without the loopback. */
  addresses(options: CallOptions = {}): Promise<GuestInterface[]> {
    return this.#with(options, async (agent, limits) => {
      const found = await agent.execute('guest-network-get-interfaces', undefined, limits())
      return found.flatMap(({ name, 'hardware-address': mac, 'ip-addresses': addresses = [] }) =>
        name === 'lo'
          ? []
          : [
              {
                name,
                mac,
                addresses: addresses.map((each) => ({
                  type: each['ip-address-type'] === 'ipv6' ? ('ipv6' as const) : ('ipv4' as const),
                  address: each['ip-address'],
                  prefix: each.prefix,
                })),
              },
            ],
      )
    })
  }

  /** The content of a file in the guest. @throws VmError VM_UNSUPPORTED for one of more than 64 MiB. */
  readFile(path: string, options: CallOptions = {}): Promise<Buffer> {
    return this.#withFile(path, 'r', options, async (agent, handle, limits) => {
      const parts: Buffer[] = []
      let size = 0
      for (;;) {
        const read = await agent.execute('guest-file-read', { handle, count: chunkBytes }, limits())
        const part = Buffer.from(read['buf-b64'], 'base64')
        parts.push(part)
        size += part.length
        if (size > maxFileBytes) {
          const what = `${JSON.stringify(path)} in VM ${this.#parts.id} has more than ${maxFileBytes / 1024 ** 2} MiB`
          throw new VmError('VM_UNSUPPORTED', what, { details: { vm: this.#parts.id, path } })
        }
        if (read.eof || part.length === 0) return Buffer.concat(parts)
      }
    })
  }

  /** Writes a file in the guest, in place of what was there. After a failure it may be there in part. */
  writeFile(path: string, content: string | Uint8Array, options: CallOptions = {}): Promise<void> {
    const bytes = Buffer.from(content)
    return this.#withFile(path, 'w', options, async (agent, handle, limits) => {
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + chunkBytes).toString('base64')
        const { count } = await agent.execute('guest-file-write', { handle, 'buf-b64': part }, limits())
        if (Number(count) <= 0) {
          const what = `${JSON.stringify(path)} in VM ${this.#parts.id} cannot be written further: the disk of the guest may be full`
          throw new VmError('VM_UNSUPPORTED', what, { details: { vm: this.#parts.id, path } })
        }
        at += Number(count)
      }
      await agent.execute('guest-file-flush', { handle }, limits())
    })
  }

  /** What works with the agent itself, such as an unmount. @internal */
  withAgent<T>(options: CallOptions, work: (agent: QgaClient) => Promise<T>): Promise<T> {
    return this.#with(options, work)
  }

  async #withFile<T>(
    path: string,
    mode: string,
    options: CallOptions,
    work: (agent: QgaClient, handle: number | bigint, limits: () => CallOptions) => Promise<T>,
  ): Promise<T> {
    return this.#with(options, async (agent, limits) => {
      const handle = await agent.execute('guest-file-open', { path, mode }, limits())
      try {
        return await work(agent, handle, limits)
      } finally {
        // Also after an abort: the agent keeps its files open for ever.
        await agent.execute('guest-file-close', { handle }, { timeoutMs: connectTimeoutMs }).catch(() => {})
      }
    })
  }

  async #with<T>(
    { signal, timeoutMs = callTimeoutMs }: CallOptions,
    work: (agent: QgaClient, limits: () => CallOptions) => Promise<T>,
  ): Promise<T> {
    checkTimeout(timeoutMs)
    this.#parts.requireRunning()
    const end = performance.now() + timeoutMs
    const limits = () => ({ signal, timeoutMs: Math.max(end - performance.now(), 1) })
    const shared = this.#shared ?? this.#share()
    shared.users++
    try {
      const agent = await within(shared.client, { signal, timeoutMs }, this.#late(timeoutMs))
      return await work(agent, limits)
    } catch (error) {
      throw error instanceof QemuLaunchError ? await this.#parts.explain(error) : error
    } finally {
      shared.users--
      if (shared.users === 0) {
        if (this.#shared === shared) this.#shared = undefined
        await shared.client.then((agent) => agent.close()).catch(() => {})
      }
    }
  }

  #share() {
    const shared = { client: this.#connect(), users: 0 }
    this.#shared = shared
    const forget = () => {
      if (this.#shared === shared) this.#shared = undefined
    }
    void shared.client.then(({ closed }) => closed).then(forget, forget)
    return shared
  }

  async #connect(): Promise<QgaClient> {
    const path = await this.#socket()
    return QgaClient.connect(`unix:${path}`, { syncTimeoutMs: connectTimeoutMs })
  }

  #late(timeoutMs: number) {
    const { id: vm } = this.#parts
    const details = { vm }
    return {
      onTimeout: () =>
        new VmError('VM_TIMEOUT', `the guest agent of VM ${vm} did not answer within ${timeoutMs} ms`, {
          details,
        }),
      onAbort: (cause: unknown) =>
        new VmError('VM_ABORTED', `waiting for the guest agent of VM ${vm} was aborted`, { cause, details }),
    }
  }

  async #socket(): Promise<string> {
    const { id: vm, paths, store } = this.#parts
    const { guestAgent } = (await store.read()).config
    if (typeof guestAgent === 'object') return guestAgent.socket
    if (guestAgent === true) return paths.agent
    const what = `VM ${vm} has no channel for a guest agent: set guestAgent: true in its config and start it again`
    throw new VmError('VM_UNSUPPORTED', what, { details: { vm } })
  }

  /** Resolves when a program in the guest has opened the channel. */
  async #opened(signal: AbortSignal): Promise<void> {
    await this.#socket()
    const { qmp } = this.#parts
    const opening = qmp.waitFor('VSERPORT_CHANGE', ({ data }) => data.id === agentDevice && data.open, {
      signal,
      timeoutMs: Number.POSITIVE_INFINITY,
    })
    opening.catch(() => {})
    const chardevs = await qmp.execute('query-chardev', undefined, { signal, timeoutMs: callTimeoutMs })
    if (chardevs.some(({ label, 'frontend-open': isOpen }) => label === agentDevice && isOpen)) return
    await opening
  }
}

function resultOf(status: Qga.GuestExecStatus): GuestExecResult {
  const text = (data = '') => Buffer.from(data, 'base64').toString('utf8')
  return {
    stdout: text(status['out-data']),
    stderr: text(status['err-data']),
    exitCode: Number(status.exitcode ?? 128 + Number(status.signal ?? 0)),
    truncated: status['out-truncated'] === true || status['err-truncated'] === true,
  }
}
