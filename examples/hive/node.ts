/** A node of the story: its agent's process, its way to NATS, and the template that its instances are clones of. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createTemplate, inspectVm, killVm, launchVm, listVms } from 'qemu-launch'
import { endServer, listServers } from 'qemu-launch/volumes'
import { testGuest } from '../../test/support/guest.ts'
import { GuestConsole } from '../../test/support/guest-console.ts'
import { say } from '../demo/screen.ts'
import type { Lease } from './cluster.ts'
import type { NatsProxy } from './nats.ts'

export const template = 'writer'
export const memoryMiB = 192

/** The guest writes a block to its first disk as soon as it has one, flushes it, and begins again after 50 ms. */
const writeForEver = [
  'mkfifo /tmp/never; exec 3<>/tmp/never',
  'while :; do [ -b /dev/vda ] && dd if=/dev/zero of=/dev/vda bs=4096 count=1 conv=fsync; read -t 0.05 rest <&3; done',
].join('; ')

export class Node {
  readonly name: string
  readonly proxy: NatsProxy
  readonly #capacity: Lease
  readonly #directory: string
  #child: ChildProcess | undefined
  #isWanted = false
  #isEnded = false

  constructor(name: string, proxy: NatsProxy, capacity: Lease, directory: string) {
    this.name = name
    this.proxy = proxy
    this.#capacity = capacity
    this.#directory = directory
  }

  get #vms(): string {
    return join(this.#directory, 'vms')
  }

  get volumes(): string {
    return join(this.#directory, 'volumes')
  }

  /** Boots a guest once. Every instance of this node starts where that one stands. */
  async makeTemplate(): Promise<void> {
    const { kernel, initrd, append } = testGuest()
    await using vm = await launchVm(
      { name: 'first', cpus: 1, memoryMiB, vmGenId: 'auto', kernel: { image: kernel, initrd, append } },
      { stateDir: this.#vms },
    )
    const socket = connect(vm.paths.console)
    await once(socket, 'connect')
    using guest = GuestConsole.attach(socket)
    await guest.waitForReady({ timeoutMs: 180_000 })
    await guest.check(`(${writeForEver}) >/dev/null 2>&1 &`)
    await createTemplate(template, vm)
    await vm.kill()
  }

  /** @throws when the agent ends before it is ready, and after `end`. */
  async start(): Promise<void> {
    if (this.#isEnded) throw new Error(`${this.name} has ended`)
    const agent = fileURLToPath(new URL('agent.ts', import.meta.url))
    const words = [this.name, this.proxy.url, this.#directory, JSON.stringify(this.#capacity)]
    const child = spawn(process.execPath, ['--import', 'tsx', agent, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    this.#isWanted = true
    const lines = createInterface({ input: child.stdout })
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${this.name} ended`)))
    await Promise.race([once(lines, 'line'), ended])
    ended.catch(() => {})
    lines.on('line', (line) => say('node', line))
  }

  /** @throws when the agent has ended, and nobody killed it: it must outlast whatever happens. */
  checkRuns(): void {
    const child = this.#child
    if (this.#isWanted && child !== undefined && (child.exitCode ?? child.signalCode) !== null)
      throw new Error(`the agent of ${this.name} has ended by itself: ${child.exitCode ?? child.signalCode}`)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  async kill(): Promise<void> {
    this.#isWanted = false
    const child = this.#child
    if (child === undefined || (child.exitCode ?? child.signalCode) !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  /** The process of an instance on this node; undefined when there is none. */
  async pidOf(id: string): Promise<number | undefined> {
    const { alive, pid } = await inspectVm(id, { stateDir: this.#vms })
    return alive ? pid : undefined
  }

  /** Ends all that a node leaves. */
  async end(): Promise<void> {
    this.#isEnded = true
    await this.kill()
    this.proxy[Symbol.dispose]()
    for (const vm of await listVms({ stateDir: this.#vms })) await killVm(vm.id, { stateDir: this.#vms })
    for (const server of await listServers(this.volumes)) await endServer(server)
  }
}
