import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseVmConfig, resolveVm } from '../../../src/vm/index.ts'
import { withHostsFirmware } from '../../../src/vm/launch/firmware.ts'

const root = mkdtempSync(join(tmpdir(), 'ql-firmware-'))
afterAll(() => rmSync(root, { recursive: true }))

function describeFirmware(folder: string, name: string, file: string, features: readonly string[]): void {
  mkdirSync(join(root, folder), { recursive: true })
  const flash = (kind: string) => ({ filename: `/x/${file}_${kind}.qcow2`, format: 'qcow2' })
  const descriptor = {
    'interface-types': ['uefi'],
    mapping: { device: 'flash', executable: flash('CODE'), 'nvram-template': flash('VARS') },
    targets: [{ architecture: 'x86_64', machines: ['pc-q35-*'] }],
    features,
  }
  writeFileSync(join(root, folder, name), JSON.stringify(descriptor))
}

describeFirmware('usr', '40-secure.json', 'SECURE', ['secure-boot', 'enrolled-keys', 'requires-smm'])
describeFirmware('usr', '50-plain.json', 'PLAIN', [])
describeFirmware('usr', '60-late.json', 'LATE', [])
describeFirmware('etc', '60-late.json', 'OWN', [])
writeFileSync(join(root, 'usr', '10-broken.json'), '{')

/** The files of a firmware, with descriptors in `usr`, over which those in `etc` have their way. */
async function files(firmware: object, folders = ['etc', 'usr']) {
  const config = parseVmConfig({
    name: 'n',
    cpus: 1,
    memoryMiB: 64,
    kernel: { image: '/k' },
    firmware: { type: 'uefi', ...firmware },
  })
  // As on a system that is not Debian's.
  const vm = resolveVm(config)
  const away = vm.firmware?.type === 'uefi' ? { ...vm.firmware, code: '/nowhere/CODE.fd' } : undefined
  const places = folders.map((name) => join(root, name))
  const found = await withHostsFirmware({ ...vm, ...(away && { firmware: away }) }, config, places)
  return found.firmware
}

test('where the default files are not there, the first descriptor that fits names them', async () => {
  const plain = { code: '/x/PLAIN_CODE.qcow2', varsTemplate: '/x/PLAIN_VARS.qcow2', format: 'qcow2' }
  expect(await files({})).toMatchObject(plain)
  expect(await files({ secureBoot: true })).toMatchObject({ code: '/x/SECURE_CODE.qcow2', secureBoot: true })
  expect(await files({ varsTemplate: '/mine' })).toMatchObject({ ...plain, varsTemplate: '/mine' })
  expect(await files({}, ['etc'])).toMatchObject({ code: '/x/OWN_CODE.qcow2' })
  expect(await files({}, ['none'])).toMatchObject({ code: '/nowhere/CODE.fd', format: 'raw' })
})

test('a config that names its code keeps it', async () => {
  expect(await files({ code: '/mine' })).toMatchObject({ code: '/nowhere/CODE.fd' })
})
