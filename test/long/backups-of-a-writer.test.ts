import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../support/cli.ts'
import { blankFile, bootGuest, freshName, testDirectory } from '../support/vm.ts'

const backups = Number(process.env.QEMU_LAUNCH_BACKUPS ?? 300)

/** On one CPU QEMU's main thread overtakes the thread of a disk: on 10.0 a stop lost an interrupt once in some 36 backups. */
test(`a guest writes on through ${backups} backups of its disk, with one CPU for all of QEMU`, async () => {
  const directory = testDirectory(freshName('backups'))
  await using guest = await bootGuest()
  const { console, vm } = guest
  await vm.volumes.attach({ id: 'v', uri: blankFile(64), format: 'raw', cache: 'writethrough' })
  const name = await console.waitForDisk('v')
  execFileSync('taskset', ['-a', '-c', '-p', '1', String(vm.pid)])
  for (const writer of [0, 1, 2]) {
    const dd = `dd if=/dev/zero of=/dev/${name} bs=4096 count=16 seek=$((i%16*16+${writer}*1024)) conv=notrunc oflag=direct`
    const loop = `i=0; while ${dd}; do i=$((i+1)); echo $i >/tmp/at${writer}; done`
    await console.check(`echo 0 >/tmp/at${writer}; sh -c '${loop}' >/dev/null 2>&1 &`)
  }
  const written = () => console.check('cat /tmp/at0 /tmp/at1 /tmp/at2')
  for (let round = 1; round <= backups; round++) {
    const kind = round % 40 === 1 ? 'full' : 'incremental'
    await vm.backups.create('v', { target: join(directory, `${round}.qcow2`), kind })
    const before = (await written()).split('\n')
    await until(async () => (await written()).split('\n').every((count, index) => count !== before[index]))
    if (kind === 'full')
      for (let old = round - 40; old < round; old++) rmSync(join(directory, `${old}.qcow2`), { force: true })
  }
  expect(await vm.backups.list()).toMatchObject([{ state: 'finished', volume: 'v' }])
  await vm.kill()
}, 3_600_000)
