import { describe, expect, test } from 'vitest'
import { errorDocument, exitCodeOf, formatError, UsageError } from '../../../src/cli/outcome.ts'
import { type ErrorCode, QemuLaunchError } from '../../../src/errors.ts'

const known: readonly [ErrorCode, number][] = [
  ['VM_CONFIG', 2],
  ['VOLUME_SPEC', 2],
  ['QMP_INVALID_ARGUMENT', 2],
  ['VM_NOT_FOUND', 3],
  ['VM_NOT_RUNNING', 3],
  ['VOLUME_NOT_FOUND', 3],
  ['VM_TIMEOUT', 4],
  ['VM_ABORTED', 4],
  ['VOLUME_ABORTED', 4],
  ['QMP_TIMEOUT', 4],
  ['QMP_ABORTED', 4],
  ['PROCESS_ABORTED', 4],
  ['QMP_GREETING', 4],
  ['QMP_NEGOTIATION', 4],
  ['PROCESS_TIMEOUT', 4],
  ['VM_LAUNCH', 1],
  ['VM_EXISTS', 1],
  ['VOLUME_PORT_OCCUPIED', 1],
  ['QMP_COMMAND_FAILED', 1],
]

test.each(known)('%s ends with %i', (code, exitCode) => {
  expect(exitCodeOf(new QemuLaunchError(code, ''))).toBe(exitCode)
})

test('bad usage ends with 2, and what nobody expected with 1', () => {
  expect(exitCodeOf(new UsageError('x'))).toBe(2)
  expect(exitCodeOf(new TypeError('x'))).toBe(1)
  expect(exitCodeOf('x')).toBe(1)
})

describe('an error', () => {
  test('is one line of JSON with code, message and details, whatever is in them', () => {
    const details = { size: 2n ** 60n, why: new Error('deep'), list: [1] }
    const text = formatError(new QemuLaunchError('VM_STATE', 'two\nlines', { details }), true)
    expect(text).not.toContain('\n')
    expect(JSON.parse(text)).toEqual({
      code: 'VM_STATE',
      message: 'two\nlines',
      details: { size: '1152921504606846976', why: 'deep', list: [1] },
    })
  })

  test('is its message for people, without a stack', () => {
    expect(formatError(new TypeError('what'), false)).toBe('qemu-launch: what')
    expect(errorDocument(new UsageError('so'))).toEqual({ code: 'USAGE', message: 'so', details: {} })
  })
})
