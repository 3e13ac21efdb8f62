/**
 * From a config.json to a running Linux guest, a volume attached and detached while it runs, and the power button.
 * Ends with 0 only when the guest itself has confirmed each step. Started by `npm run demo`.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatShell, launchVm, parseVmConfig, type Vm } from 'qemu-launch'
import { type NbdServer, startNbdkit } from 'qemu-launch/volumes'
import { testGuest } from '../../test/support/guest.ts'
import { GuestConsole } from '../../test/support/guest-console.ts'
import { Conversation, confirm, ms, say, table, title } from './screen.ts'

const eleven = Array.from({ length: 11 }, (_, index) => `vol-${index + 1}`)
const patternBytes = 1024 * 1024
const directory = mkdtempSync(join(tmpdir(), 'qemu-launch-demo-'))
const cleanups: (() => Promise<unknown> | unknown)[] = [
  () => rmSync(directory, { recursive: true, force: true }),
]
let interrupted = false
const times = { launch: 0, attach: 0, release: 0, afterRelease: 0, together: 0, oneByOne: 0 }

/** How long something took, in milliseconds, and what it gave. */
async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const start = performance.now()
  const result = await work()
  return [performance.now() - start, result]
}

/** Runs what was started backwards. Safe to repeat. */
async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
}

/** A memory disk served over NBD. It ends with its volume, or with this process. */
async function startDisk(id: string): Promise<NbdServer> {
  const server = await startNbdkit({
    plugin: 'memory',
    parameters: { size: '64M' },
    socket: join(directory, `nbd-${id}.sock`),
    exitWithParent: true,
  })
  cleanups.push(() => server.stop())
  return server
}

async function boot(): Promise<{ vm: Vm; guest: GuestConsole }> {
  title('A config for a small Linux guest')
  const { kernel, initrd, append } = testGuest()
  const template = readFileSync(new URL('config.template.json', import.meta.url), 'utf8')
  const path = join(directory, 'config.json')
  const filled = template.replace('<kernel>', kernel).replace('<initrd>', initrd).replace('<append>', append)
  writeFileSync(path, filled)
  say('file', path)
  say('', filled.trimEnd())

  title('Launch: until QEMU has answered a command, which is when all its devices exist')
  const config = parseVmConfig(JSON.parse(readFileSync(path, 'utf8')))
  const [launched, vm] = await timed(() =>
    launchVm(config, {
      stateDir: join(directory, 'vms'),
      onWarning: (text) => say('host', `warning: ${text}`),
    }),
  )
  times.launch = launched
  cleanups.push(async () => {
    if (vm.state !== 'exited') await vm.kill()
  })
  const { argv }: { argv: string[] } = JSON.parse(readFileSync(vm.paths.state, 'utf8'))
  say('qemu', formatShell(argv))
  say('host', `${vm.id} is ${vm.state} after ${ms(launched)} ms, pid ${vm.pid}`)

  title('The guest boots')
  const socket = connect(vm.paths.console)
  await once(socket, 'connect')
  const guest = GuestConsole.attach(socket)
  cleanups.push(() => guest.close())
  const [booted] = await timed(() => guest.waitForReady({ timeoutMs: 120_000 }))
  say('guest', await guest.check('uname -srm'))
  confirm(
    (await guest.check('grep -c ^processor /proc/cpuinfo')) === '2',
    `the guest is up with 2 vCPUs, ${ms(booted)} ms later`,
  )
  return { vm, guest }
}

async function serve(): Promise<NbdServer> {
  title('A disk: 64 MiB of memory, served over NBD')
  const [took, server] = await timed(() => startDisk('vol-demo'))
  say('host', `nbdkit serves ${server.uri} after ${ms(took)} ms, pid ${server.pid}`)
  return server
}

async function attachOne(vm: Vm, guest: GuestConsole, server: NbdServer): Promise<string> {
  title('Attach it to the running guest')
  const talk = new Conversation()
  const [took, volume] = await timed(() =>
    vm.volumes.attach({ id: 'vol-demo', uri: server.uri }, { server, ...talk.hooks }),
  )
  times.attach = took
  say('host', `attached at ${volume.port} in ${ms(took)} ms`)
  const serial = volume.serial ?? ''
  const [seen, disk] = await timed(() => guest.waitForDisk(serial))
  say(
    'guest',
    `/dev/${disk}: serial ${await guest.check(`cat /sys/block/${disk}/serial`)}, ${await guest.check(`cat /sys/block/${disk}/size`)} sectors`,
  )
  confirm(true, `the guest sees the disk by its serial ${serial}, ${ms(seen)} ms later`)
  const queues = await guest.queueCount(disk)
  confirm(queues === 2, `its driver uses ${queues} queues, one for each vCPU`)
  return disk
}

async function writeAndReadBack(guest: GuestConsole, server: NbdServer, disk: string): Promise<void> {
  title('The guest writes, the host reads the same bytes through NBD')
  const line = 'written by the guest\n'
  await guest.check(
    `yes '${line.trimEnd()}' | head -c ${patternBytes} | dd of=/dev/${disk} bs=64k conv=fsync 2>&1`,
  )
  const [guestSum = ''] = (await guest.check(`head -c ${patternBytes} /dev/${disk} | md5sum`)).split(' ')
  say('guest', `md5 of the first MiB: ${guestSum}`)
  if (server.address.type !== 'unix') throw new Error('the server should be on a unix socket')
  const bytes = execFileSync('nbdcopy', [`nbd+unix:///?socket=${server.address.path}`, '-'], {
    maxBuffer: 128 * 1024 * 1024,
  }).subarray(0, patternBytes)
  const hostSum = createHash('md5').update(bytes).digest('hex')
  say('host', `md5 of the first MiB: ${hostSum}`)
  const expected = Buffer.alloc(patternBytes, line)
  confirm(guestSum === hostSum && bytes.equals(expected), 'they are the bytes the guest wrote')
}

async function detachOne(vm: Vm, guest: GuestConsole, server: NbdServer): Promise<void> {
  title('Detach it: ask the guest, wait for its release, then take the disk away')
  const talk = new Conversation()
  const watching = new AbortController()
  const events = vm.events({ names: ['DEVICE_DELETED'], signal: watching.signal })
  const start = performance.now()
  let released = start
  const watched = (async () => {
    for await (const event of events) {
      released = performance.now()
      talk.onEvent(event)
    }
  })()
  const { outcome } = await vm.volumes.detach('vol-demo', talk.hooks)
  const end = performance.now()
  watching.abort()
  await watched
  times.release = released - start
  times.afterRelease = end - released
  say(
    'host',
    `${outcome} in ${ms(end - start)} ms: ${ms(times.release)} ms until the guest let go, ${ms(times.afterRelease)} ms after that`,
  )
  confirm(outcome === 'detached', 'the volume is detached')
  await guest.waitForDiskGone('voldemo')
  confirm((await guest.diskBySerial('voldemo')) === undefined, 'the guest does not have the disk any more')
  confirm(!existsSync(`/proc/${server.pid}`), 'its server has ended')
}

const countDisks = (guest: GuestConsole) => guest.check('ls /sys/block | grep -c ^vd || true')

async function attachEleven(vm: Vm, guest: GuestConsole): Promise<number> {
  const servers = await Promise.all(eleven.map(async (id) => ({ id, server: await startDisk(id) })))
  const [took] = await timed(async () => {
    for (const { id, server } of servers) await vm.volumes.attach({ id, uri: server.uri }, { server })
  })
  for (const id of eleven) await guest.waitForDisk(id.replace('-', ''))
  confirm(
    (await countDisks(guest)) === '11',
    `eleven volumes attached in ${ms(took)} ms; the guest counts 11`,
  )
  return took
}

async function elevenTogether(vm: Vm, guest: GuestConsole): Promise<void> {
  title('Eleven volumes at once: attach all, detach all together')
  await attachEleven(vm, guest)
  const [together] = await timed(() => Promise.all(eleven.map((id) => vm.volumes.detach(id))))
  times.together = together
  confirm(
    (await countDisks(guest)) === '0',
    `all detached together in ${ms(together)} ms; the guest counts 0`,
  )

  title('Once more, detached one by one')
  await attachEleven(vm, guest)
  const [oneByOne] = await timed(async () => {
    for (const id of eleven) await vm.volumes.detach(id)
  })
  times.oneByOne = oneByOne
  confirm((await countDisks(guest)) === '0', `detached one by one in ${ms(oneByOne)} ms; the guest counts 0`)
  confirm((await vm.volumes.list()).length === 0, 'no volume is left in QEMU')
}

async function powerDown(vm: Vm): Promise<void> {
  title("Press the guest's power button")
  const [took, exit] = await timed(() =>
    vm.shutdown({ onStep: (step) => say('host', step), timeoutMs: 30_000, force: false }),
  )
  confirm(
    exit.reason === 'guest-shutdown' && exit.clean,
    `the guest powered down in ${ms(took)} ms: ${exit.reason}`,
  )
  confirm(!existsSync(vm.paths.dir), 'nothing of the VM is left')
}

/** Hive's and virsh's figures were measured elsewhere, on another machine (QEMU 7.2, TCG, 2 cores). */
function summary(): void {
  title('Times in ms; those of Hive and virsh were measured elsewhere, for orientation only')
  const { launch, attach, release, afterRelease, together, oneByOne } = times
  table(
    ['', 'here', 'Hive', 'virsh'],
    [
      ['launch to a command answered', ms(launch), '3000', '286'],
      ['attach', ms(attach), '', '35'],
      ["detach: the guest's release", ms(release), '', ''],
      ['detach: after the release', ms(afterRelease), '', ''],
      ['detach in all', ms(release + afterRelease), '1002', '128'],
      ['eleven detaches together', ms(together), '', ''],
      ['eleven detaches one by one', ms(oneByOne), '', ''],
      ['together / one by one', (together / oneByOne).toFixed(2), '', ''],
    ],
  )
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    interrupted = true
    console.error(`\n${signal}: cleaning up`)
    void cleanUp().finally(() => process.exit(code))
  })
}

try {
  const server = await serve()
  const { vm, guest } = await boot()
  const disk = await attachOne(vm, guest, server)
  await writeAndReadBack(guest, server, disk)
  await detachOne(vm, guest, server)
  await elevenTogether(vm, guest)
  await powerDown(vm)
  summary()
} catch (error) {
  if (interrupted) await new Promise(() => {})
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  await cleanUp()
}
