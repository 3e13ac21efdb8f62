import { QemuLaunchError } from '../../errors.ts'
import { type CallOptions, checkTimeout, ofWholeCall, QgaClient, type QmpClient } from '../../qmp/index.ts'
import { within } from '../../util/deadline.ts'
import { inSpan } from '../../util/spans.ts'
import { VmError } from '../errors.ts'
import { agentDevice, type VmPaths } from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'
import { type Argv, type GuestExecOptions, type GuestExecResult, runProgram } from './guest-exec.ts'
import {
  type DownloadOptions,
  type GuestFile,
  readGuestFile,
  type UploadOptions,
  withGuestFile,
  writeGuestFile,
} from './guest-files.ts'

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
  /** Makes of an error what the caller is to see. */
  readonly explain: (error: unknown) => Promise<Error>
}

const callTimeoutMs = 60_000
const connectTimeoutMs = 10_000
const maxFileBytes = 64 * 1024 * 1024

/**
 * The inside of a guest, by its agent (qemu-guest-agent) over the channel of `guestAgent` in the config. Every answer comes from the
 * guest: do not trust it. Calls of one process share a connection, which is closed when none is left, since the channel serves one client
 * at a time. Every call throws VmError VM_UNSUPPORTED when the config has no `guestAgent`; QmpError QMP_GREETING when no agent answers
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
   * Resolves when the agent answers. QEMU reports the start of the agent, so nothing is polled.
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
      await inSpan('wait for guest', { vm: this.#parts.id }, () =>
        within(answering, { signal, timeoutMs }, this.#late(timeoutMs)),
      )
    } finally {
      stop.abort()
    }
  }

  /**
   * Runs a program in the guest and waits for its end. The program is found by the guest's PATH; no shell is between. What it writes is
   * text, or with `encoding: 'buffer'` bytes. A deadline or an abort does not end the program.
   */
  exec(
    argv: Argv,
    options: GuestExecOptions & { readonly encoding: 'buffer' },
  ): Promise<GuestExecResult<Buffer>>
  exec(argv: Argv, options?: GuestExecOptions): Promise<GuestExecResult>
  exec(
    argv: Argv,
    options: GuestExecOptions & { readonly encoding?: 'buffer' } = {},
  ): Promise<GuestExecResult | GuestExecResult<Buffer>> {
    return this.#with(options, async (agent, limits) => {
      const result = await runProgram(agent, argv, options, limits)
      if (options.encoding === 'buffer') return result
      return { ...result, stdout: result.stdout.toString('utf8'), stderr: result.stderr.toString('utf8') }
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

  /**
   * Returns the content of a file in the guest. @throws VmError VM_UNSUPPORTED when it has more than 64 MiB: `download` takes larger
   * files.
   */
  async readFile(path: string, options: CallOptions = {}): Promise<Buffer> {
    const parts: Buffer[] = []
    await this.#withFile(path, 'r', options, (file) =>
      readGuestFile(file, maxFileBytes, (part) => void parts.push(part)),
    )
    return Buffer.concat(parts)
  }

  /** Writes a file in the guest, in place of what was there. After a failure it may be there in part. */
  writeFile(path: string, content: string | Uint8Array, options: CallOptions = {}): Promise<void> {
    return this.#withFile(path, 'w', options, (file) => writeGuestFile(file, [Buffer.from(content)]))
  }

  /**
   * Reads a file in the guest part by part, and calls `take` with each part. The next part is read when `take` is done. `timeoutMs` is
   * for each answer of the agent.
   * @throws VmError VM_UNSUPPORTED when the file has more than `maxBytes` (so much has been read then); what `take` throws.
   */
  download(
    path: string,
    take: (part: Buffer) => Promise<void> | void,
    { maxBytes, ...options }: DownloadOptions,
  ): Promise<void> {
    return this.#withFile(path, 'r', options, (file) => readGuestFile(file, maxBytes, take), true)
  }

  /**
   * Writes a file in the guest from parts, such as those of a stream, in place of what was there. `timeoutMs` is for each answer of the
   * agent. After a failure the file may be there in part.
   */
  upload(
    path: string,
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    { onProgress, ...options }: UploadOptions = {},
  ): Promise<void> {
    return this.#withFile(path, 'w', options, (file) => writeGuestFile(file, content, onProgress), true)
  }

  /** What works with the agent itself, such as an unmount. @internal */
  readonly withAgent = <T>(options: CallOptions, work: (agent: QgaClient) => Promise<T>): Promise<T> =>
    this.#with(options, work)

  #withFile<T>(
    path: string,
    mode: 'r' | 'w',
    options: CallOptions,
    work: (file: GuestFile) => Promise<T>,
    isLong = false,
  ): Promise<T> {
    const { id: vm } = this.#parts
    const { signal, timeoutMs = callTimeoutMs } = options
    const each = () => ({ signal, timeoutMs })
    return this.#with(options, (agent, limits) =>
      withGuestFile({ vm, path, agent, limits: isLong ? each : limits }, mode, work),
    )
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
      if (!(error instanceof QemuLaunchError)) throw error
      throw await this.#parts.explain(ofWholeCall(error, timeoutMs))
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
          details: { vm, condition: { type: 'agent' } },
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
