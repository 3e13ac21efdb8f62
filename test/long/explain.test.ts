import { execFileSync, spawn } from 'node:child_process'
import { explainVm, type VolumeLimits } from 'qemu-launch'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { bootGuest, freshName, type RunningGuest, startDisk, stateDirectory } from '../support/vm.ts'

const rounds = 4

interface Cause {
  readonly tier: string
  /** For each answer of the server. */
  readonly delayMs?: number
  readonly readers: number
  readonly limits?: VolumeLimits
  /** What a reader does; `read` reads some blocks. */
  readonly work?: string
  readonly crowded?: boolean
}

const causes: readonly Cause[] = [
  { tier: 'throttle', readers: 4, limits: { operationsPerSecond: 40 } },
  { tier: 'connection', delayMs: 40, readers: 40 },
  { tier: 'server', delayMs: 60, readers: 6 },
  { tier: 'guest-queue', delayMs: 60, readers: 1 },
  { tier: 'host', readers: 1, work: 'read | sha256sum', crowded: true },
]

const bootMs = 300_000
let guest: RunningGuest

beforeAll(async () => {
  // Beside much other work a guest takes its time.
  guest = await bootGuest({ early: true })
  await guest.console.waitForReady({ timeoutMs: bootMs })
}, bootMs)

afterAll(async () => {
  await guest[Symbol.asyncDispose]()
})

const all = Array.from({ length: rounds }, () => causes).flat()

test.each(all)('$tier is found where it is planted', async (cause) => {
  const { crowded, delayMs, limits, readers, tier, work = 'read >/dev/null' } = cause
  const { console, vm } = guest
  await using server = await startDisk({
    plugin: 'memory',
    parameters: { size: '16M', ...(delayMs === undefined ? {} : { 'delay-read': `${delayMs}ms` }) },
    filters: delayMs === undefined ? [] : ['delay'],
    threads: 64,
  })
  const id = freshName('x')
  await vm.volumes.attach({ id, uri: server.uri, ...(limits === undefined ? {} : { limits }) })
  const disk = await console.waitForDisk(id.replaceAll('-', ''), { timeoutMs: 60_000 })
  const read = `dd if=/dev/${disk} bs=4k count=100 skip=$((i*64)) iflag=direct 2>/dev/null`
  const begin = `for i in $(seq ${readers}); do (while [ ! -e /enough ]; do ${work.replaceAll('read', 'read_')}; done) & done`
  await console.check(`rm -f /enough; read_() { ${read}; }; ${begin}`)
  if (crowded) crowd(vm.pid)
  const found = await explainVm(vm.id, { stateDir: stateDirectory(), volume: id, intervalMs: 3_000 })
  expect(found.map(({ volume, tier, why }) => ({ volume, tier, why }))).toEqual([
    { volume: id, tier, why: expect.any(String) },
  ])
  await console.check('touch /enough; wait')
  expect(await vm.volumes.detach(id)).toMatchObject({ outcome: 'detached' })
})

/** Leaves one CPU to a process, which it shares with six others, until the test is over. */
function crowd(pid: number): void {
  execFileSync('taskset', ['-acp', '0', String(pid)], { stdio: 'ignore' })
  const others = Array.from({ length: 6 }, () =>
    spawn('taskset', ['-c', '0', 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' }),
  )
  onTestFinished(() => {
    for (const other of others) other.kill('SIGKILL')
    execFileSync('taskset', ['-acp', '0-1', String(pid)], { stdio: 'ignore' })
  })
}
