import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
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

/** A QEMU whose kept answers say that it was built without FAT disks, as RHEL's is. */
function qemuWithoutVvfat(): string {
  const [binary, cache] = [join(testDirectory(), freshName('qemu')), testDirectory(freshName('cache'))]
  writeFileSync(binary, '#!/bin/sh\nexec qemu-system-x86_64 "$@"\n', { mode: 0o755 })
  process.env.XDG_CACHE_HOME = cache
  const library = pathToFileURL(new URL('../../dist/index.js', import.meta.url).pathname).href
  const text = `const { probeCapabilities } = await import(${JSON.stringify(library)})
    console.log((await probeCapabilities(${JSON.stringify(binary)})).features.vvfat)`
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' })
  expect(said).toBe('true\n')
  const kept = join(cache, 'qemu-launch', 'capabilities')
  for (const name of readdirSync(kept).filter((each) => !each.endsWith('.schema.json'))) {
    const facts = readFileSync(join(kept, name), 'utf8')
    writeFileSync(join(kept, name), facts.replace('"vvfat":true', '"vvfat":false'))
  }
  return binary
}

test('of a QEMU without FAT disks the guest has the seed as a disc, which goes with the VM', async () => {
  const long = '#'.repeat(3 * 1024 * 1024)
  const cloudInit = { userData: `${userData}${long}`, networkConfig: 'version: 2\n' }
  let disc: string
  {
    await using guest = await bootGuest({ config: { binary: qemuWithoutVvfat(), cloudInit } })
    const { vm, console } = guest
    disc = join(vm.paths.seed, 'seed.iso')
    expect(statSync(disc).mode & 0o777).toBe(0o600)
    await console.loadModules()
    expect(await console.check('dd if=/dev/vda bs=1 skip=32808 count=6 2>/dev/null')).toBe('cidata')
    await console.check('mount -t iso9660 -o ro /dev/vda /mnt')
    expect(await console.check('ls -1 /mnt')).toBe('meta-data\nnetwork-config\nuser-data')
    expect(await console.check('head -n 2 /mnt/user-data; wc -c </mnt/user-data')).toBe(
      `${userData}${userData.length + long.length}`,
    )
    expect(await console.check('cat /mnt/meta-data /mnt/network-config')).toBe(
      `instance-id: "${vm.id}"\nlocal-hostname: "${vm.id}"\nversion: 2`,
    )
    expect((await console.run('dd if=/dev/zero of=/dev/vda bs=512 count=1')).status).not.toBe(0)
    expect(readFileSync(vm.paths.state, 'utf8')).not.toContain(secret)
    await vm.shutdown()
  }
  expect(existsSync(disc)).toBe(false)
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
