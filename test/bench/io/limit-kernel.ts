import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import type { Bench } from '../bench.ts'
import { reason } from '../reason.ts'
import { interleave, summarize } from '../rounds.ts'
import { fioOnDevice } from './guest.ts'
import { iops, socketOf, startSlow, through } from './limit-host.ts'

/** The kernel's NBD client with four connections, whose device a guest could have. Only reads, and only where it is. */
export function limitKernelRows(): Bench[] {
  return [{ name: 'guest-io.limit-kernel-nbd', run: (quick) => kernelClient(quick) }]
}

async function kernelClient(quick: boolean) {
  const device = freeDevice()
  if (device === undefined) return skipped('this kernel has no NBD device that is free')
  const [rounds, seconds] = quick ? [2, 1] : [3, 3]
  await using slow = await startSlow()
  const words = ['-unix', socketOf(slow), device, '-connections', '4', '-readonly']
  try {
    execFileSync('nbd-client', words, { stdio: 'pipe' })
  } catch (error) {
    return skipped(reason(error))
  }
  try {
    const ways = new Map([
      ['floor', () => through(slow, 'randread', seconds)],
      ['ours', async () => iops(fioOnDevice(device, seconds))],
    ])
    const note = 'Four connections of the kernel’s client, beside one of QEMU’s.'
    const goal = {
      name: 'guest-io.limit-kernel-nbd',
      unit: 'IOPS',
      target: 1.2,
      bound: 'rate',
      note,
    } as const
    return [summarize(goal, await interleave(ways, rounds))]
  } finally {
    execFileSync('nbd-client', ['-d', device])
  }
}

function skipped(why: string): [] {
  console.error(`guest-io.limit-kernel-nbd skipped: ${why}`)
  return []
}

/** A device that nobody is connected to. */
function freeDevice(): string | undefined {
  const names = readdirSync('/sys/block').filter((name) => /^nbd\d+$/.test(name))
  const free = names.find((name) => existsSync(`/dev/${name}`) && !existsSync(`/sys/block/${name}/pid`))
  return free === undefined ? undefined : `/dev/${free}`
}
