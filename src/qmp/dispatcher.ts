import { FailedCall } from './call-error.ts'
import type { Connection, ConnectionHandlers } from './connection.ts'
import { QmpError } from './errors.ts'
import { EventHub } from './events.ts'
import { readError, readEvent, readMessage } from './message.ts'
import { PendingCalls } from './pending.ts'

/** Where everything goes that comes from a negotiated server: answers to their calls, events to their listeners. */
export class Dispatcher implements ConnectionHandlers {
  readonly events = new EventHub()
  readonly #connection: Connection
  readonly #window: number | undefined
  #calls: PendingCalls | undefined

  constructor(connection: Connection, window: number | undefined) {
    this.#connection = connection
    this.#window = window
  }

  /** Made with the first command: some connections are there for their events only. */
  get calls(): PendingCalls {
    this.#calls ??= new PendingCalls(this.#connection, this.#window)
    return this.#calls
  }

  onDrain(): void {
    this.#calls?.flush()
  }

  onEnd(reason: QmpError | undefined): void {
    this.calls.close(reason)
    this.events.end(reason)
  }

  onMessage(value: unknown, nonFinite: boolean): void {
    const message = readMessage(value)
    if (message === undefined) {
      this.#connection.end(new QmpError('QMP_PROTOCOL', 'received JSON that is not a QMP message'))
    } else if (typeof message.event === 'string') {
      if (this.events.hears(message.event)) this.events.emit(readEvent(message.event, message))
    } else if (message.return !== undefined) {
      this.#calls?.answer(message.id, nonFinite ? new FailedCall({ kind: 'unreadable' }) : message.return)
    } else if (message.error !== undefined) {
      const failed = new FailedCall({ kind: 'refused', ...readError(message.error) })
      if (message.id === undefined) this.#calls?.answerOldest(failed)
      else this.#calls?.answer(message.id, failed)
    } else {
      this.#connection.end(
        new QmpError('QMP_PROTOCOL', 'received a second QMP greeting: the monitor was reset'),
      )
    }
  }
}
