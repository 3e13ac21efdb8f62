import { expect, test } from 'vitest'
import { UndoStack } from '../../../src/util/undo-stack.ts'

test('gives back in reverse order, once', async () => {
  const done: string[] = []
  const undo = new UndoStack()
  undo.push('a', () => void done.push('a'))
  undo.push('b', async () => void done.push('b'))
  expect(await undo.run()).toEqual([])
  await undo.run()
  expect(done).toEqual(['b', 'a'])
})

test('goes on after a failure, and tells what is left', async () => {
  const done: string[] = []
  const error = new Error('stuck')
  const undo = new UndoStack()
  undo.push('a', () => void done.push('a'))
  undo.push('b', () => Promise.reject(error))
  undo.push('c', () => {
    throw error
  })
  expect(await undo.run()).toEqual([
    { what: 'c', error },
    { what: 'b', error },
  ])
  expect(done).toEqual(['a'])
})

test('gives nothing back once the work is complete', async () => {
  const undo = new UndoStack()
  undo.push('a', () => Promise.reject(new Error('must not run')))
  undo.keep()
  expect(await undo.run()).toEqual([])
})
