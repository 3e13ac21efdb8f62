import type { SchemaInfo } from './generated/introspect.ts'
import type { Greeting } from './message.ts'
import type { CallOptions } from './pending.ts'
import { QmpSchema } from './schema.ts'

export interface SchemaOptions extends CallOptions {
  /** For all that is asked. Default 30 000. */
  readonly timeoutMs?: number | undefined
  /** Ask this QEMU itself, whatever is known of others of its build. Needed only under QEMU's `-compat`. */
  readonly fresh?: boolean | undefined
}

/** Questions to the peer's schema, which is read once. */
export interface Supports {
  /** Does the peer have that command? */
  command(name: string, options?: SchemaOptions): Promise<boolean>
  /** Does the peer have that event? */
  event(name: string, options?: SchemaOptions): Promise<boolean>
  /** Does that command or event of the peer have that feature? */
  feature(name: string, feature: string, options?: SchemaOptions): Promise<boolean>
}

/** The commands this needs. */
interface Peer {
  readonly schema: (options: CallOptions) => Promise<readonly SchemaInfo[]>
  readonly target: (options: CallOptions) => Promise<{ readonly arch: string }>
}

const DEFAULT_TIMEOUT_MS = 30_000

/** By build. A distributor's package string tells builds apart; it is empty in those people make themselves. */
const known = new Map<string, QmpSchema>()

/**
 * A connection's schema. One read is shared by all connections to the same packaged build of the same target, for
 * as long as the process runs; other builds are asked once a connection. A failed read is not kept.
 */
export class SchemaSource {
  readonly supports: Supports = {
    command: async (name, options) => (await this.get(options)).command(name),
    event: async (name, options) => (await this.get(options)).event(name),
    feature: async (name, feature, options) => (await this.get(options)).feature(name, feature),
  }
  readonly #greeting: Greeting
  readonly #peer: Peer
  #schema: QmpSchema | undefined
  #reading: Promise<QmpSchema> | undefined

  constructor(greeting: Greeting, peer: Peer) {
    this.#greeting = greeting
    this.#peer = peer
  }

  /** Throws what `execute` throws. */
  async get({ fresh, signal, timeoutMs }: SchemaOptions = {}): Promise<QmpSchema> {
    if (fresh === true) {
      this.#schema = new QmpSchema(
        await this.#peer.schema({ signal, timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS }),
      )
      return this.#schema
    }
    if (this.#schema !== undefined) return this.#schema
    // A caller who may give up waits for a reading of his own.
    if (signal !== undefined || timeoutMs !== undefined) return this.#read({ signal, timeoutMs })
    this.#reading ??= this.#read({}).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read({ signal, timeoutMs = DEFAULT_TIMEOUT_MS }: CallOptions): Promise<QmpSchema> {
    const started = performance.now()
    const build = await this.#build({ signal, timeoutMs })
    const leftMs = Math.max(0, Math.ceil(timeoutMs - (performance.now() - started)))
    const schema =
      (build === undefined ? undefined : known.get(build)) ??
      new QmpSchema(await this.#peer.schema({ signal, timeoutMs: leftMs }))
    if (build !== undefined) known.set(build, schema)
    this.#schema = schema
    return schema
  }

  /** `undefined`: not to be told from others. */
  async #build(options: CallOptions): Promise<string | undefined> {
    const { qemu, package: distributor } = this.#greeting.version
    if (distributor === '') return undefined
    const target = await this.#peer.target(options).catch((error: unknown) => {
      // Not all states of QEMU know the command.
      if (error instanceof Error && 'qmpClass' in error) return undefined
      throw error
    })
    if (target === undefined) return undefined
    return [qemu.major, qemu.minor, qemu.micro, distributor, target.arch].join(' ')
  }
}
