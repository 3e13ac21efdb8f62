import fc from 'fast-check'
import { expect, test } from 'vitest'
import { QmpClient, QmpError } from '../../../src/qmp/index.ts'
import { linkedPair } from '../../../src/testing/index.ts'

/** What QEMU reads ahead with out-of-band execution enabled (monitor/monitor-internal.h). */
const WINDOW = 8

interface Received {
  readonly id: number
  readonly oob: boolean
}

/** The far end as QEMU is with `oob`: in-band commands in order, out-of-band ones at once, and it counts. */
class ModelMonitor {
  readonly inBand: Received[] = []
  readonly outOfBand: Received[] = []
  mostInBand = 0
  readonly #write: (text: string) => void

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  receive(line: string): void {
    const command: { id: number; 'exec-oob'?: string } = JSON.parse(line)
    const oob = command['exec-oob'] !== undefined
    if (command.id === 0) this.#reply({ return: {} }, 0)
    else (oob ? this.outOfBand : this.inBand).push({ id: command.id, oob })
    this.mostInBand = Math.max(this.mostInBand, this.inBand.length)
  }

  /** `how` picks among success, refusal, a refusal without id, and an event before the answer. */
  answer(oob: boolean, how: number): void {
    const command = (oob ? this.outOfBand : this.inBand).shift()
    if (command === undefined) return
    if (how === 3) this.#write('{"event": "STOP"}\r\n')
    const error = { class: 'GenericError', desc: `no ${command.id}` }
    if (how === 1) this.#reply({ error }, command.id)
    else if (how === 2 && !oob) this.#reply({ error }, undefined)
    else this.#reply({ return: { answered: command.id } }, command.id)
  }

  #reply(message: object, id: number | undefined): void {
    this.#write(`${JSON.stringify({ ...message, id })}\r\n`)
  }
}

const turn = () => new Promise(setImmediate)

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('start' as const), oob: fc.boolean(), abortable: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('answer' as const), oob: fc.boolean(), how: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stray' as const), id: fc.nat(40) }) },
)

test('a window of 8 in any interleaving: never more in flight, each answer to its own call, one settlement each', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), fc.boolean(), async (steps, drop) => {
      const [near, far] = linkedPair()
      const model = new ModelMonitor((text) => void far.write(text))
      far.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().split('\n').slice(0, -1)) model.receive(line)
      })
      far.write('{"QMP": {"version": {}, "capabilities": ["oob"]}}\r\n')
      const client = await QmpClient.connect(near, { oob: true })
      const settlements: number[] = []
      const answers = new Map<number, unknown>()
      const controllers: AbortController[] = []
      const calls: Promise<void>[] = []
      for (const action of steps) {
        if (action.do === 'start') {
          const id = calls.length + 1
          const controller = new AbortController()
          if (action.abortable) controllers.push(controller)
          const options = { signal: controller.signal }
          const call = action.oob
            ? client.executeOob('query-yank', undefined, options)
            : client.execute('x-y', {}, options)
          const settle = (outcome: unknown) => {
            settlements.push(id)
            answers.set(id, outcome)
          }
          calls.push(call.then(settle, settle))
        } else if (action.do === 'answer') model.answer(action.oob, action.how)
        else if (action.do === 'abort') controllers[action.which]?.abort()
        else if (action.do === 'stray') far.write(`{"return": "stray", "id": "${action.id}"}\r\n`)
        else await turn()
      }
      // To the end: everything answered, or the link dropped in the middle.
      for (let round = 0; !drop && round < 100 && settlements.length < calls.length; round++) {
        await turn()
        while (model.inBand.length + model.outOfBand.length > 0) {
          model.answer(false, 0)
          model.answer(true, 0)
        }
      }
      if (drop) far.destroy()
      await Promise.all(calls)
      expect(model.mostInBand).toBeLessThanOrEqual(WINDOW)
      expect(settlements.toSorted((a, b) => a - b)).toEqual(calls.map((_, index) => index + 1))
      for (const [id, outcome] of answers) {
        if (!(outcome instanceof Error)) expect(outcome).toEqual({ answered: id })
        else {
          expect(outcome).toBeInstanceOf(QmpError)
          if (outcome instanceof QmpError && outcome.code === 'QMP_COMMAND_FAILED') {
            expect(outcome.details.desc).toBe(`no ${id}`)
          }
        }
      }
      await client.close()
    }),
    { numRuns: process.env.QEMU_LAUNCH_LONG === '1' ? 20_000 : 300 },
  )
}, 600_000)
