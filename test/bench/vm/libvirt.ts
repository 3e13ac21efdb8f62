import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startNbdkit } from '../../../dist/volumes/index.js'
import { testGuest } from '../../support/guest.ts'
import { reason } from '../reason.ts'

const run = promisify(execFile)
const limitMs = 30_000
// The first machine after libvirtd's start waits until it has asked every QEMU what it can do.
const firstLimitMs = 200_000
const bootMs = 10_000
const pauseMs = 500

/** libvirt on this host, through `virsh` as its users have it, with a disk server of its own. */
export interface Libvirt extends AsyncDisposable {
  /** Milliseconds of `virsh create --paused`; the machine is destroyed afterwards. */
  create(): Promise<number>
  /** Milliseconds of `virsh attach-device` and `virsh detach-device`, on one running guest. */
  plug(rounds: number): Promise<{ readonly attach: number[]; readonly detach: number[] }>
}

/** Undefined, said, when libvirt is not installed, its daemon does not answer or starts no machine. */
export async function openLibvirt(): Promise<Libvirt | undefined> {
  const virsh = (words: readonly string[], timeout = limitMs) =>
    run('virsh', ['-q', '-c', 'qemu:///system', ...words], { timeout })
  const answers = await virsh(['list']).then(
    () => true,
    () => false,
  )
  if (!answers) {
    console.error('skipped: virsh (not installed, or no libvirtd answers at qemu:///system)')
    return undefined
  }
  // Its QEMU is another user, who must get at the disk and the kernel.
  const directory = mkdtempSync('/tmp/qlv-')
  chmodSync(directory, 0o755)
  const socket = join(directory, 'nbd.sock')
  const server = await startNbdkit({
    plugin: 'memory',
    parameters: { size: '64M' },
    socket,
    exitWithParent: true,
  })
  chmodSync(socket, 0o666)
  const file = (name: string, xml: string) => {
    const path = join(directory, `${name}.xml`)
    writeFileSync(path, xml)
    return path
  }
  const timed = async (...words: string[]) => {
    const start = performance.now()
    await virsh(words)
    return performance.now() - start
  }
  const paused = file('paused', domain('qemu-launch-bench', disk(socket, 'vda')))
  const destroy = () => virsh(['destroy', 'qemu-launch-bench']).catch(() => {})
  const dispose = async () => {
    await destroy()
    await server.stop()
    rmSync(directory, { recursive: true })
  }
  try {
    await virsh(['create', paused, '--paused'], firstLimitMs)
    await destroy()
  } catch (error) {
    await dispose()
    console.error(`skipped: virsh (${reason(error)})`)
    return undefined
  }
  return {
    async create() {
      const spent = await timed('create', paused, '--paused')
      await destroy()
      return spent
    },
    async plug(rounds) {
      const { kernel, initrd, append } = testGuest()
      const copies = { kernel: join(directory, 'vmlinuz'), initrd: join(directory, 'initrd') }
      copyFileSync(kernel, copies.kernel)
      copyFileSync(initrd, copies.initrd)
      const boot = `<kernel>${copies.kernel}</kernel><initrd>${copies.initrd}</initrd><cmdline>${append}</cmdline>`
      await virsh(['create', file('guest', domain('qemu-launch-bench', '', boot))])
      await sleep(bootMs) // Its console is libvirt's, so nobody tells when the guest is up.
      const plugged = file('disk', disk(socket, 'vdb'))
      const spent = { attach: [] as number[], detach: [] as number[] }
      for (let round = 0; round < rounds; round++) {
        spent.attach.push(await timed('attach-device', 'qemu-launch-bench', plugged, '--live'))
        await sleep(pauseMs)
        spent.detach.push(await timed('detach-device', 'qemu-launch-bench', plugged, '--live'))
        await sleep(pauseMs)
      }
      await destroy()
      return spent
    },
    [Symbol.asyncDispose]: dispose,
  }
}

const disk = (socket: string, target: string) => `
<disk type='network' device='disk'>
  <driver name='qemu' type='raw' cache='none' iothread='1' queues='2'/>
  <source protocol='nbd'><host transport='unix' socket='${socket}'/></source>
  <target dev='${target}' bus='virtio'/>
</disk>`

const ports = Array.from(
  { length: 12 },
  (_, index) => `<controller type='pci' model='pcie-root-port' index='${index + 1}'/>`,
)

const domain = (name: string, disks: string, boot = '') => `
<domain type='qemu'>
  <name>${name}</name><memory unit='MiB'>256</memory><vcpu>2</vcpu><iothreads>1</iothreads>
  <os><type arch='x86_64' machine='q35'>hvm</type>${boot}</os>
  <features><acpi/></features>
  <cpu mode='maximum'/>
  <devices>
    <controller type='pci' model='pcie-root' index='0'/>${ports.join('')}
    ${disks}
    <serial type='pty'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    <interface type='user'><model type='virtio'/></interface>
  </devices>
</domain>`
