import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type LaunchOptions, launchVm, type Vm, type VmConfigInput } from 'qemu-launch'
import { QmpClient } from 'qemu-launch/qmp'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { makeCertificates } from '../support/certificates.ts'
import { eventually, freePort, freshPath } from '../support/qemu.ts'
import {
  bareConfig,
  bootGuest,
  failureOf,
  freshName,
  startDisk,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

/** A VM that never runs; ended with its test. */
async function start(config: Partial<VmConfigInput> = {}, options: LaunchOptions = {}): Promise<Vm> {
  const vm = await startVm(bareConfig(config), { paused: true, ...options })
  onTestFinished(async () => {
    if (vm.state !== 'exited') await vm.kill()
  })
  return vm
}

const words = ({ pid }: Vm) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
const status = ({ pid }: Vm, field: string) =>
  new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]

/** The kinds of devices on the first PCI bus, but for ports. */
async function devices({ qmp }: Vm): Promise<string[]> {
  const [bus] = await qmp.execute('query-pci')
  const kinds = (bus?.devices ?? []).map(({ class_info }) => class_info.desc ?? '')
  return [...new Set(kinds)].filter((kind) => kind !== 'PCI bridge').sort()
}

const isRoot = process.getuid?.() === 0
const chipset = ['Host bridge', 'ISA bridge', 'SATA controller', 'SCSI controller', 'SMBus']

describe('unless its config says otherwise, a VM', () => {
  test('is in a sandbox, with no device and no configuration it does not speak of', async () => {
    const vm = await start()
    expect(status(vm, 'Seccomp')).toBe('2')
    expect(status(vm, 'NoNewPrivs')).toBe('1')
    expect(words(vm)).toEqual(expect.arrayContaining(['-nodefaults', '-no-user-config']))
    expect(await devices(vm)).toEqual(chipset)
    expect((await vm.qmp.execute('query-block')).map(({ device }) => device)).toEqual(['os'])
  })

  test('is denied to start programs: 7.2 is killed when it is made to, 10.0 says so', async () => {
    const vm = await start()
    const refused = vm.qmp.execute('migrate', { uri: 'exec:cat >/dev/null' })
    if (vm.qmp.greeting.version.qemu.major < 10) {
      refused.catch(() => {})
      expect(await vm.exited).toMatchObject({ reason: 'crashed', signal: 'SIGSYS' })
    } else {
      await expect(refused).rejects.toMatchObject({ desc: 'Failed to fork (Operation not permitted)' })
      expect(await vm.qmp.execute('query-status')).toMatchObject({ status: 'prelaunch' })
    }
  })

  const switches: [keyof NonNullable<VmConfigInput['security']>, boolean, (vm: Vm) => Promise<void>][] = [
    ['sandbox', false, async (vm) => expect(status(vm, 'Seccomp')).toBe('0')],
    [
      'defaultDevices',
      true,
      async (vm) => {
        expect(words(vm)).not.toContain('-nodefaults')
        expect(await devices(vm)).toEqual(['Ethernet controller', ...chipset, 'VGA controller'])
      },
    ],
    ['userConfig', true, async (vm) => expect(words(vm)).not.toContain('-no-user-config')],
  ]
  test.each(switches)('and by %s: %s the other way', async (key, value, expectDone) => {
    await expectDone(await start({ security: { [key]: value } }))
  })

  test('boots from its disk without a screen, also when it is described in Hive’s words', async () => {
    const [disk, serial, log] = [freshPath('boot'), freshPath('serial'), freshPath('log')]
    const sector = Buffer.alloc(1024 * 1024)
    // A character by the BIOS to the screen that is not there, then "OK" to the serial port, then rest.
    sector.write('b40eb058cd10baf803b04feeb04beef4ebfd', 'hex')
    sector.writeUInt16LE(0xaa55, 510)
    writeFileSync(disk, sector)
    const hive = {
      name: freshName('hive'),
      architecture: 'x86_64',
      cpu_count: 1,
      memory: 64,
      machine_type: 'q35',
      no_graphic: true,
      serial_socket: serial,
      console_log_path: log,
      drives: [{ file: disk, format: 'raw', if: 'none', media: 'disk', id: 'os' }],
      io_threads: [{ id: 'ioth-os' }],
      devices: [
        { value: 'virtio-blk-pci,drive=os,iothread=ioth-os,bootindex=1' },
        { value: 'virtio-net-pci,netdev=net0,mac=52:54:00:12:34:56' },
      ],
      net_devs: [{ value: 'user,id=net0' }],
    }
    const vm = await launchVm(hive, { stateDir: stateDirectory() })
    onTestFinished(async () => void (await vm.kill()))
    expect(status(vm, 'Seccomp')).toBe('2')
    await eventually(async () => expect(readFileSync(log, 'latin1')).toBe('OK'))
  })

  test('has a screen when it has a window', async () => {
    const vm = await start({ display: { type: 'vnc', socket: freshPath('v') } })
    expect(await devices(vm)).toContain('VGA controller')
  })

  test('may start the programs its config names, and its launcher is told', async () => {
    const seen = freshPath('ran')
    const onWarning = vi.fn()
    await start({ extraArgs: ['-incoming', `exec:touch ${seen}; sleep 1`] }, { onWarning })
    expect(onWarning).toHaveBeenCalledWith('the sandbox allows spawn, for -incoming exec:')
    await eventually(async () => expect(existsSync(seen)).toBe(true))
  })
})

describe('process', () => {
  test('oomScoreAdjust is there from the first moment', async () => {
    const vm = await start({ process: { oomScoreAdjust: 700 } })
    expect(readFileSync(`/proc/${vm.pid}/oom_score_adj`, 'utf8').trim()).toBe('700')
  })

  test('cgroup: QEMU begins in it', async () => {
    const { path, joined } = cgroup()
    const vm = await start({ process: { cgroup: path } })
    expect(joined(vm)).toBe(true)
    expect(words(vm)[0]).toMatch(/qemu-system-x86_64$/)
    await vm.kill()
  })

  test('cgroup: a missing directory is told of, and nothing is started', async () => {
    await expect(start({ process: { cgroup: '/nonexistent/cgroup' } })).rejects.toMatchObject({
      code: 'VM_LAUNCH',
      message: expect.stringContaining('/nonexistent/cgroup/cgroup.procs'),
    })
  })

  test('scope: systemd makes it, and where there is no systemd nothing is started', async () => {
    const config = bareConfig({ process: { scope: {} } })
    if (existsSync('/run/systemd/system')) {
      const vm = await start(config)
      expect(readFileSync(`/proc/${vm.pid}/cgroup`, 'utf8')).toContain(`vm-${config.name}.scope`)
    } else {
      await expect(start(config)).rejects.toMatchObject({
        code: 'VM_UNSUPPORTED',
        details: { vm: config.name, faults: [{ path: 'process.scope' }] },
      })
    }
  })
})

/** A cgroup of version 2 where one can be made, else a directory that takes the pid as one does. */
function cgroup(): { readonly path: string; readonly joined: (vm: Vm) => boolean } {
  const name = `qemu-launch-test-${process.pid}`
  const [, mount] = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/mounts', 'utf8')) ?? []
  const path = join(mount ?? '/nonexistent', name)
  try {
    mkdirSync(path)
  } catch {
    const plain = freshPath('cgroup')
    mkdirSync(plain)
    return {
      path: plain,
      joined: ({ pid }) => readFileSync(join(plain, 'cgroup.procs'), 'utf8') === `${pid}\n`,
    }
  }
  onTestFinished(() => rmdirSync(path))
  return { path, joined: ({ pid }) => readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`0::/${name}\n`) }
}

describe('process.user', () => {
  test('is what QEMU becomes: its guest boots, and volumes come and go that this user can reach', async () => {
    if (!isRoot) {
      await expect(start({ process: { user: 'nobody' } })).rejects.toMatchObject({ code: 'VM_LAUNCH' })
      return
    }
    await using guest = await bootGuest({ config: { process: { user: 'nobody' } } })
    const { vm, console } = guest
    const nobody = execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).trim()
    expect(status(vm, 'Uid')?.split('\t')).toEqual([nobody, nobody, nobody, nobody])
    expect(status(vm, 'CapEff')).toMatch(/^0+$/)
    expect(status(vm, 'Seccomp')).toBe('2')

    await using closed = await startDisk()
    const failure = await failureOf(vm.volumes.attach({ id: 'vol-closed', uri: closed.uri }))
    expect(failure).toMatchObject({
      code: 'VOLUME_ATTACH_FAILED',
      message: expect.stringContaining('Permission denied'),
    })
    expect((await vm.volumes.list()).map(({ id }) => id)).toEqual([])

    await using open = await startDisk()
    if (open.address.type !== 'unix') throw new Error('not a unix socket')
    for (const directory of [testDirectory(), join(testDirectory(), '..')]) {
      if (directory !== '/tmp') chmodSync(directory, 0o711)
    }
    chmodSync(open.address.path, 0o666)
    await vm.volumes.attach({ id: 'vol-open', uri: open.uri })
    const disk = await console.waitForDisk('volopen')
    expect(await console.check(`echo written >/dev/${disk}; sync; head -c 7 /dev/${disk}`)).toBe('written')
    expect(await vm.volumes.detach('vol-open')).toMatchObject({ outcome: 'detached' })
    expect(await vm.shutdown()).toMatchObject({ reason: 'guest-shutdown', clean: true })
    expect(existsSync(vm.paths.dir)).toBe(false)
  })

  test('that is unknown is told of by QEMU', async () => {
    await expect(start({ process: { user: 'no-such-user' } })).rejects.toMatchObject({ code: 'VM_LAUNCH' })
  })
})

describe('a secret', () => {
  test('opens the key it is for, and shows nowhere else', async () => {
    const text = 'a text, that is "secret"'
    const [key, dir] = [freshPath('key'), freshPath('tls')]
    writeFileSync(key, text)
    mkdirSync(dir)
    makeCertificates(dir)
    const serverKey = join(dir, 'server-key.pem')
    const lock = [
      'pkey',
      '-in',
      serverKey,
      '-aes256',
      '-passout',
      `file:${key}`,
      '-out',
      `${serverKey}.locked`,
    ]
    execFileSync('openssl', lock)
    renameSync(`${serverKey}.locked`, serverKey)
    const vm = await start({
      secrets: [
        { id: 'ours', data: text },
        { id: 'file', file: key },
        { id: 'wrong', data: 'another' },
      ],
    })
    const open = (secret: string) =>
      vm.qmp.execute('object-add', {
        'qom-type': 'tls-creds-x509',
        id: `tls-${secret}`,
        dir,
        endpoint: 'server',
        passwordid: secret,
      })
    await open('ours')
    await open('file')
    expect(await failureOf(open('wrong'))).toMatchObject({ desc: expect.stringContaining(serverKey) })
    const files = readdirSync(vm.paths.dir).filter((name) => !name.endsWith('.sock'))
    expect(files.toSorted()).toEqual(['qemu.log', 'qemu.pid', 'state.json'])
    const seen = [
      ...[...files.map((name) => join(vm.paths.dir, name)), vm.paths.consoleLog].map((path) =>
        readFileSync(path, 'utf8'),
      ),
      ...words(vm),
      inspect(vm, { depth: 10, showHidden: true }),
    ]
    expect(seen.filter((shown) => shown.includes(text) || shown.includes(JSON.stringify(text)))).toEqual([])
  })

  test('is not in the error of a launch that fails, nor on the disk after it', async () => {
    const config = bareConfig({ secrets: [{ id: 's', data: 'hush' }], rawDevices: ['VGA,no-such=1'] })
    const failure = await failureOf(startVm(config))
    expect(failure).toMatchObject({ code: 'VM_LAUNCH' })
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain('hush')
  })
})

describe('a monitor on the network', () => {
  test('is for this host, by TCP and by WebSocket', async () => {
    const [tcp, ws] = [await freePort(), await freePort()]
    const vm = await start({
      qmp: [
        { type: 'tcp', host: '127.0.0.1', port: tcp },
        { type: 'websocket', host: '127.0.0.1', port: ws },
      ],
    })
    const ask = async (address: string) => {
      await using qmp = await QmpClient.connect(address)
      expect(await qmp.execute('query-status')).toMatchObject({ status: 'prelaunch' })
    }
    await ask(`tcp:127.0.0.1:${tcp}`)
    // QEMU reads a websocket when something else wakes its monitors.
    let answered = false
    const asked = ask(`ws://127.0.0.1:${ws}/`).finally(() => {
      answered = true
    })
    while (!answered) await Promise.race([asked, vm.qmp.execute('query-status')])
    await asked
  })

  test('is for every host with TLS, which lets in who has a certificate', async () => {
    const dir = freshPath('tls')
    mkdirSync(dir)
    makeCertificates(dir)
    const port = await freePort()
    await start({ qmp: [{ type: 'tcp', host: '0.0.0.0', port, tls: { dir } }] })
    const pem = (name: string) => readFileSync(join(dir, `${name}.pem`))
    const tls = { ca: pem('ca-cert'), cert: pem('client-cert'), key: pem('client-key') }
    await using qmp = await QmpClient.connect(`tcp:127.0.0.1:${port}`, { tls })
    expect(await qmp.execute('query-status')).toMatchObject({ status: 'prelaunch' })
    await qmp.close()
    await expect(
      QmpClient.connect(`tcp:127.0.0.1:${port}`, { tls: { ca: tls.ca }, greetingTimeoutMs: 5_000 }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^QMP_/) })
  })

  test('is refused to every host without, unless the config takes it as it is', async () => {
    const open: Partial<VmConfigInput> = { qmp: [{ type: 'tcp', host: '0.0.0.0', port: await freePort() }] }
    await expect(start(open)).rejects.toMatchObject({ code: 'VM_CONFIG', faults: [{ path: 'qmp[0].host' }] })
    const vm = await start({ ...open, security: { openMonitors: true } })
    expect(vm.state).toBe('prelaunch')
  })
})
