import { describe, expect, test } from 'vitest'
import { type QmpClient, QmpCommandError, QmpError } from '../../../src/qmp/index.ts'
import { freed, yankNode } from '../../../src/vm/freeing.ts'

/** A QEMU that answers each yank so. */
const answering = (error?: Error) =>
  ({
    executeOob: () => (error === undefined ? Promise.resolve() : Promise.reject(error)),
  }) as unknown as QmpClient

const forEver = () => new Promise<never>(() => {})
const late = new QmpError('QMP_TIMEOUT', 'late')

describe('work for which QEMU stands still', () => {
  test('is over when QEMU has been freed', async () => {
    let free = () => {}
    const isFree = new Promise<void>((resolve) => {
      free = resolve
    })
    const work = freed(
      async (stalls) => {
        stalls()
        await isFree
        return 'done'
      },
      async (signal) => {
        if (await yankNode(answering(), 'nbd-a')) free()
        expect(signal.aborted).toBe(false)
      },
    )
    expect(await work).toBe('done')
  })

  test('fails when QEMU hears nothing any more, and does not wait for ever', async () => {
    const work = freed(
      (stalls) => {
        stalls()
        return forEver()
      },
      async () => void (await yankNode(answering(late), 'nbd-a')),
    )
    await expect(work).rejects.toMatchObject({
      code: 'QMP_TIMEOUT',
      message: expect.stringContaining('QEMU hangs'),
      cause: late,
    })
  })

  test('fails as it does itself, whatever else freeing fails with', async () => {
    const work = freed(
      async (stalls) => {
        stalls()
        await Promise.resolve()
        throw new Error('its own')
      },
      async () => {
        throw new QmpError('QMP_CLOSED', 'closed')
      },
    )
    await expect(work).rejects.toThrow('its own')
  })
})

test('a node that QEMU does not have is none to yank', async () => {
  const refusal = new QmpCommandError({
    command: 'yank',
    qmpClass: 'DeviceNotFound',
    desc: 'Instance not found',
  })
  expect(await yankNode(answering(refusal), 'nbd-a')).toBe(false)
})
