import type { Duplex } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { type JsonObject, type JsonValue, parseJson, stringifyJson } from '../qmp/index.ts'
import type { CommandReader } from './command-reader.ts'
import { FakeQmpError, type FakeReply, NO_REPLY, type ReceivedCommand } from './script.ts'

export interface FakeConnectionScript {
  readonly concurrent: boolean
  answer(command: ReceivedCommand): { reply: FakeReply | PromiseLike<FakeReply> } | undefined
  received(command: ReceivedCommand): void
  gone(): void
}

/** One client of the fake server: negotiation state, order of execution, answers. */
export class FakeConnection {
  readonly #stream: Duplex
  readonly #script: FakeConnectionScript
  readonly #queue: ReceivedCommand[] = []
  #negotiated = false
  #running = 0

  constructor(stream: Duplex, script: FakeConnectionScript) {
    this.#stream = stream
    this.#script = script
    stream.on('error', () => {})
    stream.on('end', () => this.end())
    stream.on('close', () => script.gone())
  }

  read(reader: CommandReader): void {
    const decoder = new StringDecoder('utf8')
    this.#stream.on('data', (chunk: Buffer) => {
      for (const text of reader.push(decoder.write(chunk))) this.#take(text)
    })
  }

  write(bytes: string | Uint8Array): void {
    if (this.#stream.writable) this.#stream.write(bytes)
  }

  end(): void {
    if (this.#stream.writable) this.#stream.end(() => this.#stream.destroy())
  }

  destroy(): void {
    this.#stream.destroy()
  }

  #take(text: string): void {
    const command = readCommand(text)
    if (command === undefined) {
      this.#send({ error: { class: 'GenericError', desc: 'JSON parse error' } })
      return
    }
    this.#script.received(command)
    this.#queue.push(command)
    if (command.oob || this.#script.concurrent) this.#run(command)
    else this.#runNext()
  }

  #runNext(): void {
    const next = this.#queue.find((command) => !command.oob)
    if (this.#running === 0 && next !== undefined && !this.#script.concurrent) this.#run(next)
  }

  #run(command: ReceivedCommand): void {
    this.#queue.splice(this.#queue.indexOf(command), 1)
    if (!command.oob) this.#running++
    const finish = (message: JsonObject | undefined) => {
      if (message !== undefined) this.#send({ ...message, id: command.id })
      if (!command.oob) this.#running--
      this.#runNext()
    }
    const fail = (error: unknown) => finish({ error: describe(error) })
    const reply = (value: FakeReply) =>
      finish(value === NO_REPLY ? undefined : { return: value === undefined ? {} : value })
    try {
      const answer = this.#answer(command)
      if (isPromise(answer)) answer.then(reply, fail)
      else reply(answer)
    } catch (error) {
      fail(error)
    }
  }

  #answer(command: ReceivedCommand): FakeReply | PromiseLike<FakeReply> {
    const negotiates = command.execute === 'qmp_capabilities'
    if (!this.#negotiated && !negotiates) {
      throw new FakeQmpError("Expecting capabilities negotiation with 'qmp_capabilities'", 'CommandNotFound')
    }
    const scripted = this.#script.answer(command)
    if (scripted === undefined && (!negotiates || this.#negotiated)) {
      throw new FakeQmpError(`The command ${command.execute} has not been found`, 'CommandNotFound')
    }
    if (negotiates) this.#negotiated = true
    return scripted?.reply
  }

  #send(message: JsonObject): void {
    this.write(`${stringifyJson(message)}\r\n`)
  }
}

function readCommand(text: string): ReceivedCommand | undefined {
  let value: JsonValue
  try {
    value = parseJson(text)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const { execute, 'exec-oob': execOob, arguments: args, id } = value
  const name = execute ?? execOob
  if (typeof name !== 'string') return undefined
  return { execute: name, arguments: isObject(args) ? args : {}, id, oob: execute === undefined }
}

function describe(error: unknown): JsonObject {
  if (error instanceof FakeQmpError) return { class: error.qmpClass, desc: error.message }
  return { class: 'GenericError', desc: error instanceof Error ? error.message : String(error) }
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isPromise = (value: FakeReply | PromiseLike<FakeReply>): value is PromiseLike<FakeReply> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
