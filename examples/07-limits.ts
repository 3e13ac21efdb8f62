/** Limits a volume, changes the limit while the VM runs, and reads the volume's numbers, for a program and for Prometheus. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchVm } from 'qemu-launch'
import { formatPrometheus } from 'qemu-launch/volumes'

const directory = mkdtempSync(join(tmpdir(), 'qemu-launch-limits-'))
const [os, data] = ['os.raw', 'data.raw'].map((name) => join(directory, name)) as [string, string]
for (const path of [os, data]) {
  writeFileSync(path, '')
  truncateSync(path, 16 * 1024 * 1024)
}
const drives = [{ id: 'os', source: { type: 'file', path: os } as const }]
const vm = await launchVm(
  { name: 'limits', cpus: 1, memoryMiB: 64, drives },
  { stateDir: join(directory, 'vms') },
)
try {
  // 20 MiB a second, and for up to ten seconds 100 MiB.
  const limits = { bytesPerSecond: 20 << 20, burst: { bytesPerSecond: 100 << 20, seconds: 10 } }
  await vm.volumes.attach({ id: 'data', uri: data, limits })
  const limitsNow = async () => (await vm.volumes.list()).find(({ id }) => id === 'data')?.limits
  assert.equal((await limitsNow())?.bytesPerSecond, 20 << 20)

  await vm.volumes.throttle('data', { operationsPerSecond: 500 })
  console.log('limits now:', await limitsNow())
  assert.equal((await limitsNow())?.operationsPerSecond, 500)
  assert.equal((await limitsNow())?.bytesPerSecond, undefined)

  await vm.volumes.throttle('data', {})
  assert.equal(await limitsNow(), undefined)

  const text = formatPrometheus(await vm.volumes.metrics())
  console.log(text)
  assert.match(text, /^qemu_launch_volume_size_bytes\{vm="limits",volume="data"\} 16777216$/m)
} finally {
  await vm.kill()
  rmSync(directory, { recursive: true, force: true })
}
