import { basename, dirname } from 'node:path'
import { settledWithin } from '../../util/deadline.ts'
import {
  adoptServer,
  cacheFor,
  type NbdServer,
  qemuRequests,
  readTraits,
  type ServerRecord,
  type ServeSpec,
  serverOf,
  startServer,
  type VolumeSpec,
} from '../../volumes/index.ts'
import { makeServersDir, serverSocket, type VmPaths } from '../record/paths.ts'
import { lookAtServer } from './server-look.ts'

export interface StartFor {
  readonly paths: VmPaths
  readonly id: string
  readonly serve: ServeSpec
  /** Puts it on the record of its VM. Its process is started after that. */
  readonly onRecord: (record: ServerRecord) => Promise<unknown>
  /** The name by which its cache is sized; its id when absent. */
  readonly cacheName?: string | undefined
  /** Told what is less than QEMU uses, or is not as it was asked for; nothing failed for it. */
  readonly onLimit: (message: string) => void
  /** The user that the VM's QEMU becomes: it has to reach the server. */
  readonly user?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Starts the server of a volume at the address that its VM's command line has for it, in the state directory's folder for servers.
 * @throws as `startServer`, VmError VM_STATE, and what `onRecord` throws. Nothing of it is left then.
 */
export async function startFor(given: StartFor): Promise<NbdServer> {
  const { id, onRecord, paths, serve, signal, user, cacheName = id } = given
  const stateDir = dirname(paths.dir)
  const vm = basename(paths.dir)
  const { restart } = serve
  const socket = serve.socket ?? serverSocket(stateDir, vm, id)
  const socketUser = typeof socket === 'string' ? (serve.socketUser ?? user) : undefined
  const folder = makeServersDir(stateDir, { passable: socketUser !== undefined })
  const server = await startServer(
    { ...serverOf(serve, cacheName), socket, socketUser },
    { restart, stateDir: folder, servedTo: { vm, volume: id }, onRecord, signal },
  )
  const { parameters, requests } = await readTraits(server.pid, signal)
  if (requests !== undefined && requests < qemuRequests) given.onLimit(fewRequests(requests))
  const cache = cacheFor(serve, cacheName)
  const arrived = cache && parameters.get(cache.parameter)
  if (cache !== undefined && arrived !== String(cache.value)) {
    const found = arrived === undefined ? 'it has none' : `it has ${arrived}`
    given.onLimit(`its server was to get ${cache.parameter}=${cache.value} for its cache, and ${found}`)
  }
  return server
}

const fewRequests = (requests: number) =>
  `its server handles ${requests === 1 ? 'one request' : `${requests} requests`} of a connection at once, and QEMU sends up to ${qemuRequests}: more threads, or another plugin or filter, would make it faster`

const comeBackMs = 10_000
const answerTimeoutMs = 3_000

interface Found {
  /** Absent when it cannot be taken up at all. */
  readonly server: NbdServer | undefined
  readonly answers: boolean
}

/** Takes up a server by its record, which may just be coming back. Never rejects. */
export async function takeUp(record: ServerRecord, spec: Pick<VolumeSpec, 'uri' | 'tls'>): Promise<Found> {
  const server = await adoptServer(record).catch(() => undefined)
  const settled = new Promise<void>((resolve) => {
    server?.onEvent(({ event }) => {
      if (event === 'SERVER_RESTARTED' || event === 'SERVER_LOST') resolve()
    })
  })
  if (await answers(spec)) return { server, answers: true }
  if (server === undefined) return { server, answers: false }
  await settledWithin(settled, comeBackMs)
  return { server, answers: await answers(spec) }
}

async function answers(spec: Pick<VolumeSpec, 'uri' | 'tls'>): Promise<boolean> {
  return (await lookAtServer(spec, answerTimeoutMs)) === 'answers'
}
