/** A node's volumes: a file each, served by nbdkit for one epoch at a time. Starting a newer epoch ends the older server first. */
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { adoptServer, endServer, listServers, type NbdServer, startServer } from 'qemu-launch/volumes'
import { type Cluster, entriesOf, OrderError, type Volume } from './cluster.ts'

/** A server that has not ended by then is killed: the instance of a lost node waits for it. What it has confirmed, the file has. */
const stopMs = 1000

export class Storage {
  readonly #cluster: Cluster
  readonly #node: string
  readonly #directory: string
  readonly #servers = new Map<string, NbdServer>()
  readonly #queues = new Map<string, Promise<unknown>>()

  private constructor(cluster: Cluster, node: string, directory: string) {
    this.#cluster = cluster
    this.#node = node
    this.#directory = directory
  }

  /** Adopts the servers of an earlier process of this node. It ends those that no volume has on record. */
  static async open(cluster: Cluster, node: string, directory: string): Promise<Storage> {
    const storage = new Storage(cluster, node, directory)
    await mkdir(directory, { recursive: true })
    const volumes = await entriesOf<Volume>(cluster.volumes)
    for (const server of await listServers(directory)) {
      const volume = volumes.find(({ value }) => value.server === server.directory)
      if (volume === undefined) await endServer(server)
      else storage.#servers.set(volume.value.id, await adoptServer(server))
    }
    return storage
  }

  async create({ volume: id, sizeMiB }: { volume: string; sizeMiB: number }): Promise<void> {
    const file = join(this.#directory, `${id}.raw`)
    await using handle = await open(file, 'wx')
    await handle.truncate(sizeMiB * 1024 * 1024)
    const volume: Volume = { id, node: this.#node, file, epoch: 0 }
    await this.#cluster.volumes.create(id, JSON.stringify(volume))
  }

  /**
   * Serves the volume for this epoch, and returns the address. No byte of an older epoch reaches the volume after that: the
   * older server has ended, and the address is another one.
   */
  mount({ volume: id, epoch }: { volume: string; epoch: number }): Promise<{ uri: string }> {
    return this.#inTurn(id, async () => {
      let { volume, revision } = await this.#read(id)
      if (epoch < volume.epoch) throw new OrderError('FENCED', `${id} is served for epoch ${volume.epoch}`)
      const running = this.#servers.get(id)
      if (epoch === volume.epoch && running !== undefined) return { uri: running.uri }
      revision = await this.#write({ ...volume, epoch }, revision)
      await this.#end(id)
      const server = await startServer(
        {
          type: 'nbdkit',
          plugin: 'file',
          parameters: { file: volume.file, logfile: join(this.#directory, `${id}.${epoch}.log`) },
          filters: ['log'],
        },
        { stateDir: this.#directory, restart: true },
      )
      this.#servers.set(id, server)
      volume = { ...volume, epoch, ...(server.record && { server: server.record.directory }) }
      await this.#write(volume, revision)
      return { uri: server.uri }
    })
  }

  /** Ends the server, unless a newer epoch has it. Safe to repeat. */
  unmount({ volume: id, epoch }: { volume: string; epoch: number }): Promise<void> {
    return this.#inTurn(id, async () => {
      const { volume, revision } = await this.#read(id)
      if (epoch < volume.epoch) return
      await this.#end(id)
      const { server: _, ...rest } = volume
      await this.#write(rest, revision)
    })
  }

  async #end(id: string): Promise<void> {
    await this.#servers.get(id)?.stop({ timeoutMs: stopMs })
    this.#servers.delete(id)
  }

  async #read(id: string): Promise<{ volume: Volume; revision: number }> {
    const entry = await this.#cluster.volumes.get(id)
    if (entry === null) throw new OrderError('NO_VOLUME', `there is no volume ${id}`)
    return { volume: entry.json<Volume>(), revision: entry.revision }
  }

  #write(volume: Volume, revision: number): Promise<number> {
    return this.#cluster.volumes.update(volume.id, JSON.stringify(volume), revision)
  }

  /** One order after the other for each volume. */
  #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#queues.get(id) ?? Promise.resolve()).then(work)
    this.#queues.set(
      id,
      turn.catch(() => {}),
    )
    return turn
  }
}
