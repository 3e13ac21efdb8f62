import type { Runtime } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import type { QmpClient } from 'qemu-launch'

interface Field {
  readonly name: string
  readonly value?: Runtime.RemoteObject | undefined
}

/** Node 20 answers more than its types say. */
interface Properties {
  readonly result: readonly Field[]
  readonly privateProperties?: readonly Field[]
}

/** What a client keeps until something happens: listeners, streams and waiters, and calls. It has no public word for it. */
export async function waitingOn(qmp: QmpClient) {
  const session = new Session()
  session.connect()
  const name = `qemu-launch-${process.pid}`
  Object.assign(globalThis, { [name]: qmp })
  try {
    const { result } = await session.post('Runtime.evaluate', {
      expression: `globalThis[${JSON.stringify(name)}]`,
    })
    const own = (path: readonly string[], count: string) => countAt(session, result.objectId, path, count)
    return {
      listeners: await own(['#dispatcher', 'events', '#listeners'], '[...this.values()].flat().length'),
      waiters: await own(['#dispatcher', 'events', '#onEnd'], 'this.size'),
      calls: await own(['#dispatcher', '#calls', '#calls', '#size'], 'this'),
    }
  } finally {
    session.disconnect()
    Reflect.deleteProperty(globalThis, name)
  }
}

/** Walks along fields, and evaluates an expression of what is at their end; what was never made counts as 0. */
async function countAt(
  session: Session,
  start: string | undefined,
  path: readonly string[],
  expression: string,
): Promise<unknown> {
  let objectId = start
  for (const field of path) {
    const answer: Properties = await session.post('Runtime.getProperties', {
      objectId: objectId ?? '',
      ownProperties: true,
    })
    const found = [...answer.result, ...(answer.privateProperties ?? [])].find(({ name }) => name === field)
    if (found?.value === undefined) throw new Error(`no field ${field}`)
    if (found.value.objectId === undefined) return found.value.value ?? 0
    objectId = found.value.objectId
  }
  const functionDeclaration = `function() { return ${expression} }`
  const { result } = await session.post('Runtime.callFunctionOn', {
    objectId: objectId ?? '',
    functionDeclaration,
    returnByValue: true,
  })
  return result.value
}
