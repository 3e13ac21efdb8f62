import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderArgv } from 'qemu-launch'
import { expect, test } from 'vitest'
import {
  bareConfig,
  bootGuest,
  failureOf,
  freshName,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const secret = 'a-password-nobody-else-may-see'
const userData = `#cloud-config\npassword: ${secret}\n`

test('the guest reads the seed from a disk labelled CIDATA, and the host shows nobody its words', async () => {
  const networkFile = join(testDirectory(), freshName('net'))
  writeFileSync(networkFile, 'version: 2\n')
  const cloudInit = { userData, networkConfig: { file: networkFile } }
  await using guest = await bootGuest({ config: { cloudInit } })
  const { vm, console } = guest
  const disk = 'vda'
  expect(await console.check(`dd if=/dev/${disk} bs=1 skip=43 count=11 2>/dev/null`)).toBe('CIDATA     ')
  await console.check(`mount -t vfat -o ro /dev/${disk} /mnt`)
  expect(await console.check('ls -1 /mnt')).toBe('meta-data\nnetwork-config\nuser-data')
  expect(await console.check('cat /mnt/user-data')).toBe(userData.trimEnd())
  expect(await console.check('cat /mnt/meta-data')).toBe(
    `instance-id: "${vm.id}"\nlocal-hostname: "${vm.id}"`,
  )
  expect(await console.check('cat /mnt/network-config')).toBe('version: 2')
  expect((await console.run(`dd if=/dev/zero of=/dev/${disk} bs=512 count=1`)).status).not.toBe(0)

  expect(statSync(join(vm.paths.seed, 'user-data')).mode & 0o777).toBe(0o600)
  expect(readFileSync(`/proc/${vm.pid}/cmdline`, 'utf8')).not.toContain(secret)
  expect(readFileSync(vm.paths.state, 'utf8')).not.toContain(secret)
  // Beside it a volume comes and goes as ever.
  expect(await vm.volumes.list()).toEqual([])
})

test('a seed with a file that is missing starts nothing', async () => {
  const config = bareConfig({ cloudInit: { userData: { file: '/nowhere/user-data' } } })
  expect(await failureOf(startVm(config))).toMatchObject({
    code: 'VM_CONFIG',
    details: { faults: [{ path: 'cloudInit.userData.file' }] },
  })
  expect(renderArgv(config)).toContain(
    'driver=vvfat,dir=seed,label=CIDATA,floppy=on,if=virtio,id=cloudinit,readonly=on',
  )
})

test('a launch that fails leaves no seed', async () => {
  const config = bareConfig({ cloudInit: { userData }, extraArgs: ['-device', 'nothing-of-the-kind'] })
  const failure = await failureOf(startVm(config))
  expect(failure).toMatchObject({ code: 'VM_LAUNCH', details: { leftovers: [] } })
  expect(JSON.stringify(failure)).not.toContain(secret)
  expect(() => statSync(join(stateDirectory(), config.name))).toThrow('ENOENT')
})
