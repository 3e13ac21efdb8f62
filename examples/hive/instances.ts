/** A node's VMs: it runs those that the bucket says are its own, and ends every other one. */
import { cloneVm, killVm, listVms, reattachVm, type Vm } from 'qemu-launch'
import { answer, type Cluster, type Instance, OrderError, order, type Volume } from './cluster.ts'

export interface Description {
  readonly node: string
  readonly pid: number
  readonly state: string
  readonly volumes: readonly string[]
}

interface Running {
  readonly vm: Vm
  readonly stopAnswering: () => void
}

interface Order {
  readonly action: 'attach' | 'detach' | 'stop' | 'describe'
  readonly volume: string
}

export class Instances {
  readonly #cluster: Cluster
  readonly #node: string
  readonly #stateDir: string
  readonly #running = new Map<string, Running>()

  constructor(cluster: Cluster, node: string, stateDir: string) {
    this.#cluster = cluster
    this.#node = node
    this.#stateDir = stateDir
  }

  get ids(): string[] {
    return [...this.#running.keys()]
  }

  /** After a start of this process: takes the node's VMs up again, and ends those that another node owns now. */
  async adopt(): Promise<void> {
    for (const { id, alive } of await listVms({ stateDir: this.#stateDir })) {
      const instance = (await this.#cluster.instances.get(id))?.json<Instance>()
      if (alive && instance?.node === this.#node)
        this.#own(await reattachVm(id, { stateDir: this.#stateDir }))
      else await killVm(id, { stateDir: this.#stateDir })
    }
  }

  /**
   * Clones the template where the instance does not run, attaches its volumes, and records that it runs. A repeat goes on. The volumes
   * are mounted meanwhile: the owner of the epoch before is fenced at once.
   */
  async run({ id, template, volumes, epoch }: Instance): Promise<void> {
    const mounting = Promise.all(volumes.map((volume) => this.#mount(volume, epoch)))
    // Its failure is told when the clone is there.
    mounting.catch(() => {})
    const vm = this.#running.get(id)?.vm ?? (await this.#clone(template, id))
    for (const volume of await mounting) await vm.volumes.attach(volume)
    await this.#change(id, () => ({ state: 'running' }))
  }

  /** Ends at once what another node owns now. Its volumes are that node's: none is unmounted. After an error, call it again. */
  async abandon(id: string): Promise<void> {
    const running = this.#running.get(id)
    if (running === undefined) return
    this.#running.delete(id)
    running.stopAnswering()
    try {
      await running.vm.kill()
    } catch (error) {
      this.#running.set(id, running)
      throw error
    }
  }

  async #clone(template: string, id: string): Promise<Vm> {
    const vm = await cloneVm(template, { name: id }, { stateDir: this.#stateDir })
    this.#own(vm)
    return vm
  }

  #own(vm: Vm): void {
    const stopAnswering = answer(this.#cluster.nc, `ec2.cmd.${vm.id}`, (body: Order) => this.#obey(vm, body))
    this.#running.set(vm.id, { vm, stopAnswering })
    void vm.exited.then(({ reason }) => {
      if (reason === 'left' || !this.#running.delete(vm.id)) return
      stopAnswering()
      void this.#change(vm.id, () => ({ state: 'stopped' })).catch(() => {})
    })
  }

  async #obey(vm: Vm, { action, volume }: Order): Promise<Description> {
    const { epoch } = (await this.#read(vm.id)).instance
    if (action === 'attach') {
      // On record first: a node that takes over attaches what is on record.
      await this.#change(vm.id, ({ volumes }) => ({ volumes: [...new Set([...volumes, volume])] }))
      await vm.volumes.attach(await this.#mount(volume, epoch))
    }
    if (action === 'detach') {
      const { outcome } = await vm.volumes.detach(volume, { waitMs: 60_000 })
      if (outcome === 'pending') throw new OrderError('PENDING', `the guest has not let go of ${volume} yet`)
      await this.#unmount(volume, epoch)
      await this.#change(vm.id, ({ volumes }) => ({ volumes: volumes.filter((one) => one !== volume) }))
    }
    const description = await this.#describe(vm)
    if (action === 'stop') {
      await vm.shutdown({ timeoutMs: 20_000 })
      for (const one of description.volumes) await this.#unmount(one, epoch)
    }
    return description
  }

  async #describe(vm: Vm): Promise<Description> {
    const volumes = (await vm.volumes.list()).filter(({ state }) => state === 'attached').map(({ id }) => id)
    return { node: this.#node, pid: vm.pid, state: vm.state, volumes }
  }

  /** Where the volume is served for this epoch from now on. */
  async #mount(volume: string, epoch: number): Promise<{ id: string; uri: string }> {
    const storage = await this.#nodeOf(volume)
    const { uri } = await order<{ uri: string }>(this.#cluster.nc, `ebs.${storage}.mount`, { volume, epoch })
    return { id: volume, uri }
  }

  async #unmount(volume: string, epoch: number): Promise<void> {
    await order(this.#cluster.nc, `ebs.${await this.#nodeOf(volume)}.unmount`, { volume, epoch })
  }

  async #nodeOf(volume: string): Promise<string> {
    const entry = await this.#cluster.volumes.get(volume)
    if (entry === null) throw new OrderError('NO_VOLUME', `there is no volume ${volume}`)
    return entry.json<Volume>().node
  }

  /** @throws OrderError FENCED when another node owns it now: with that node's epoch this one would be its second writer. */
  async #read(id: string): Promise<{ instance: Instance; revision: number }> {
    const entry = await this.#cluster.instances.get(id)
    const instance = entry?.json<Instance>()
    if (entry === null || instance?.node !== this.#node)
      throw new OrderError('FENCED', `${id} has another owner`)
    return { instance, revision: entry.revision }
  }

  async #change(id: string, change: (now: Instance) => Partial<Instance>): Promise<void> {
    const { instance, revision } = await this.#read(id)
    await this.#cluster.instances.update(id, JSON.stringify({ ...instance, ...change(instance) }), revision)
  }
}
