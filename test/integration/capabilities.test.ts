import { execFile } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { deviceProperties, probeCapabilities, type VmConfigInput } from 'qemu-launch'
import { beforeEach, describe, expect, test } from 'vitest'
import { bareConfig, failureOf, freshName, startVm, stateDirectory, testDirectory } from '../support/vm.ts'

let cache: string
/** A QEMU that writes a line each time it is run. */
let binary: string

beforeEach(() => {
  cache = testDirectory(freshName('cache'))
  process.env.XDG_CACHE_HOME = cache
  binary = join(testDirectory(), freshName('qemu'))
  writeFileSync(binary, `#!/bin/sh\necho "$*" >>${binary}.runs\nexec qemu-system-x86_64 "$@"\n`, {
    mode: 0o755,
  })
})

const runs = () =>
  existsSync(`${binary}.runs`) ? readFileSync(`${binary}.runs`, 'utf8').split('\n').length - 1 : 0
const kept = () => {
  const dir = join(cache, 'qemu-launch', 'capabilities')
  return readdirSync(dir)
    .toSorted()
    .map((name) => join(dir, name))
}
const program = (text: string) => ['--input-type=module', '-e', text]
const library = pathToFileURL(new URL('../../dist/index.js', import.meta.url).pathname).href
/** What another process finds out, in which nothing is remembered. */
async function probeElsewhere(): Promise<string> {
  const text = `const { probeCapabilities } = await import(${JSON.stringify(library)})
    console.log((await probeCapabilities(${JSON.stringify(binary)})).machineAliases.q35)`
  const { stdout } = await promisify(execFile)(process.execPath, program(text), { env: process.env })
  return stdout.trim()
}

describe('what a QEMU can do', () => {
  test('is its own word for each thing', async () => {
    const found = await probeCapabilities('qemu-system-x86_64')
    expect(found.features).toMatchObject({ jsonDevice: true, nbdOpenTimeout: true, sandbox: true })
    expect(found.features.reconnectMs).toBe(
      found.version.major > 9 || (found.version.major === 9 && found.version.minor > 1),
    )
    expect(found.features.iothreadVqMapping).toBe(found.version.major >= 9)
    expect(found.machineAliases.q35).toMatch(/^pc-q35-\d+\.\d+$/)
    expect(found.defaultMachine).toMatch(/^pc-/)
    expect(await deviceProperties('qemu-system-x86_64', 'virtio-net-pci')).toContain('mac')
    expect(await deviceProperties('qemu-system-x86_64', 'no-such-device')).toEqual([])
  })

  test('is asked once, by the first to ask, and kept for nobody else’s eyes', async () => {
    const [first, second] = await Promise.all([probeCapabilities(binary), probeCapabilities(binary)])
    const asked = runs()
    expect(asked).toBeLessThanOrEqual(2)
    expect(second.devices).toEqual(first.devices)
    expect(await probeElsewhere()).toBe(first.machineAliases.q35)
    expect((await probeCapabilities(binary)).schema.entities).toEqual(first.schema.entities)
    expect(runs()).toBe(asked)
    expect(kept().map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600])
    await deviceProperties(binary, 'virtio-net-pci')
    await deviceProperties(binary, 'virtio-net-pci')
    expect(runs()).toBe(asked + 1)
  })

  test('is asked again when the binary is another one', async () => {
    await probeElsewhere()
    const asked = runs()
    utimesSync(binary, new Date(), new Date(1000))
    await probeElsewhere()
    expect(runs()).toBe(2 * asked)
  })

  const damages: [string, (path: string) => void][] = [
    ['cut off', (path) => writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100))],
    ['of another form', (path) => writeFileSync(path, '{"format": 0}')],
    ['open to others', (path) => chmodSync(path, 0o666)],
  ]
  test.each(damages)('is asked again when what was kept is %s', async (_what, damage) => {
    const alias = await probeElsewhere()
    const asked = runs()
    for (const path of kept()) damage(path)
    expect(await probeElsewhere()).toBe(alias)
    expect(runs()).toBe(2 * asked)
    expect(await probeElsewhere()).toBe(alias)
    expect(runs()).toBe(2 * asked)
    expect(kept().map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600])
  })

  test('is found by many processes at once, each with the whole answer', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, probeElsewhere))
    expect(new Set(answers).size).toBe(1)
    expect(kept().map((path) => path.replace(/.*?\./, ''))).toHaveLength(2)
    for (const path of kept()) expect(() => JSON.parse(readFileSync(path, 'utf8'))).not.toThrow()
  })
})

describe('a launch', () => {
  test('that asks for what this QEMU does not have starts nothing, and names the version that has it', async () => {
    const { machineAliases } = await probeCapabilities('qemu-system-x86_64')
    const config = bareConfig({ machine: 'pc-q35-99.1', rawDevices: ['virtio-blk-pic,id=x'] })
    const failure = startVm(config)
    await expect(failure).rejects.toMatchObject({
      code: 'VM_UNSUPPORTED',
      details: {
        vm: config.name,
        binary: 'qemu-system-x86_64',
        faults: [
          { path: 'machine', message: expect.stringContaining('it came with 99.1') },
          { path: 'rawDevices[0]', message: expect.stringContaining('virtio-blk-pic') },
        ],
      },
    })
    expect(existsSync(join(stateDirectory(), config.name))).toBe(false)
    await using vm = await startVm(
      bareConfig({ machine: machineAliases.q35, rawDevices: ['virtio-balloon-pci'] }),
      { paused: true },
    )
    expect(vm.machine).toBe(machineAliases.q35)
  })

  test('of what every QEMU has asks nothing', async () => {
    const config = bareConfig({ binary, machine: 'q35', rawDevices: ['virtio-scsi-pci'] })
    await using _vm = await startVm(config, { paused: true })
    expect(runs()).toBe(1)
    expect(existsSync(join(cache, 'qemu-launch'))).toBe(false)
  })

  test('asks again before it says no: a package may have brought the device', async () => {
    await probeCapabilities(binary)
    const [facts = ''] = kept().filter((path) => !path.endsWith('.schema.json'))
    writeFileSync(facts, readFileSync(facts, 'utf8').replace('"virtio-balloon-pci",', ''), { mode: 0o600 })
    const config: VmConfigInput = { ...bareConfig({ binary, rawDevices: ['virtio-balloon-pci'] }) }
    const text = `const { launchVm } = await import(${JSON.stringify(library)})
      const vm = await launchVm(${JSON.stringify(config)}, { stateDir: ${JSON.stringify(stateDirectory())}, paused: true })
      await vm.kill(); console.log('started')`
    const { stdout } = await promisify(execFile)(process.execPath, program(text), { env: process.env })
    expect(stdout).toBe('started\n')
    expect(readFileSync(facts, 'utf8')).toContain('"virtio-balloon-pci",')
  })
})

describe('a QEMU that a module crashes', () => {
  /** The program itself, and its modules, of the QEMU that this run is on. */
  function installed() {
    const { PATH = '', QEMU_LAUNCH_TEST_QEMU: other } = process.env
    const [first = ''] = PATH.split(':')
    const root = other === undefined ? '/usr' : join(first, '../root/usr')
    return {
      program: join(root, 'bin/qemu-system-x86_64'),
      modules: join(root, 'lib/x86_64-linux-gnu/qemu'),
    }
  }

  function withModules(change: (directory: string) => void): string {
    const { program, modules } = installed()
    const directory = testDirectory(freshName('modules'))
    cpSync(modules, directory, { recursive: true })
    change(directory)
    writeFileSync(binary, `#!/bin/sh\nexport QEMU_MODULE_DIR=${directory}\nexec ${program} "$@"\n`)
    return directory
  }

  test('is told with the file of that module, also where QEMU says nothing', async () => {
    // What a full disk leaves of an upgrade.
    const directory = withModules((at) => truncateSync(join(at, 'hw-usb-host.so'), 3000))
    const file = join(directory, 'hw-usb-host.so')
    const error = await failureOf(probeCapabilities(binary))
    expect(error).toMatchObject({ code: 'VM_LAUNCH', details: { signal: 'SIGBUS', module: file } })
    expect(String(error)).toContain(`the last module it loads is ${file}`)
    expect(await failureOf(deviceProperties(binary, 'virtio-blk-pci'))).toMatchObject({
      details: { module: file },
    })
  })

  test('is asked all the same when it only cannot open one', async () => {
    withModules((at) => writeFileSync(join(at, 'hw-usb-host.so'), 'no module'))
    const { devices } = await probeCapabilities(binary)
    expect(devices).toContain('virtio-blk-pci')
    expect(devices).not.toContain('usb-host')
  })
})
