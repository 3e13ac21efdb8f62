import { expect, test, vi } from 'vitest'
import { Trials, type Verdict } from '../../../src/vm/qemu/trials.ts'

test('a trial is made once for all who ask, and who gives up leaves it to the others', async () => {
  const trials = new Trials()
  let end = (_verdict: Verdict) => {}
  const make = vi.fn(
    () =>
      new Promise<Verdict>((resolve) => {
        end = resolve
      }),
  )
  const stop = new AbortController()
  const first = trials.ask('kvm', make, stop.signal)
  const second = trials.ask('kvm', make)
  stop.abort()
  await expect(first).rejects.toMatchObject({ code: 'VM_ABORTED' })
  end({ fault: 'no' })
  expect(await second).toEqual({ fault: 'no' })
  expect(await trials.ask('kvm', make)).toEqual({ fault: 'no' })
  expect(make).toHaveBeenCalledTimes(1)
})

test('a trial that told nothing for good is made again', async () => {
  const trials = new Trials()
  const make = vi.fn(async (): Promise<Verdict> => ({ fault: 'slow', passing: true }))
  await trials.ask('kvm', make)
  await trials.ask('kvm', make)
  const fails = vi.fn(() => Promise.reject(new Error('no')))
  await expect(trials.ask('other', fails)).rejects.toThrow('no')
  await expect(trials.ask('other', fails)).rejects.toThrow('no')
  expect([make, fails].map((each) => each.mock.calls.length)).toEqual([2, 2])
})
