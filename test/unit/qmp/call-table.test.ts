import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CallTable } from '../../../src/qmp/call-table.ts'

test('holds what a Map would, in the order of the numbers, however many are overtaken', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.record({ add: fc.integer({ min: 1, max: 700 }) }),
          fc.record({ keepEvery: fc.integer({ min: 1, max: 400 }) }),
        ),
        { maxLength: 20 },
      ),
      (steps) => {
        const table = new CallTable<{ readonly id: number }>()
        const model = new Map<number, { readonly id: number }>()
        let id = 0
        for (const step of steps) {
          if ('add' in step) {
            for (let count = 0; count < step.add; count++) {
              const entry = { id: ++id }
              table.add(entry)
              model.set(id, entry)
            }
          } else {
            for (const key of [...model.keys()]) {
              if (key % step.keepEvery === 0) continue
              table.delete(key)
              model.delete(key)
            }
          }
          expect([...table]).toEqual([...model.values()])
          for (const key of [0, 1, id - 1024, id - 16, id, id + 1, id + 1024])
            expect(table.get(key)).toBe(model.get(key))
        }
        table.clear()
        expect([...table]).toEqual([])
      },
    ),
  )
})
