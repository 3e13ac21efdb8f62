import type { QemuLaunchError } from '../../errors.ts'
import { untilYes } from '../../util/timer.ts'
import {
  hasClients,
  type NbdAddress,
  probeBackend,
  probeNbd,
  readVolumeUri,
  type VolumeSpec,
} from '../../volumes/index.ts'
import type { VolumeAttachment } from '../record/state.ts'
import { volumeError } from './volume-record.ts'

const looks = { firstMs: 100, lastMs: 5_000 }
const answerTimeoutMs = 3_000

/** Whether a server that has let in QEMU lets in nobody else: a server that lets others in answers in that time. */
export async function isSingleClient(spec: VolumeSpec, timeoutMs = answerTimeoutMs): Promise<boolean> {
  return (await lookAtServer(spec, timeoutMs)) === 'silent'
}

/**
 * Asks a volume's server, less and less often, until it answers. A server that lets in nobody but QEMU is asked until it is there.
 * @returns whether it does; false when it is not wanted any more, or on abort. Never rejects but as `isWanted` does.
 */
export async function untilAnswering(
  { spec, singleClient }: VolumeAttachment,
  isWanted: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<boolean> {
  const answers = () =>
    probeBackend(spec, { signal }).then(
      () => true,
      async () => singleClient === true && (await lookAtServer(spec, answerTimeoutMs)) === 'silent',
    )
  return untilYes(answers, looks, { isWanted, signal })
}

/**
 * Makes sure that QEMU will not stand still for a volume's server when it writes out what is under way. A server that lets in
 * nobody but QEMU cannot be asked.
 * @throws VolumeError VOLUME_BACKEND when it does not answer.
 */
export async function requireAnswer(vm: string, { spec, singleClient }: VolumeAttachment): Promise<void> {
  const server = await lookAtServer(spec, answerTimeoutMs)
  if (server === 'answers' || (server === 'silent' && singleClient === true)) return
  const what = `is not changed: its server (${spec.uri}) ${inWords[server]}`
  throw volumeError('VOLUME_BACKEND', vm, spec.id, what)
}

const gone: readonly unknown[] = ['ENOENT', 'ECONNREFUSED']
// EAGAIN: on a unix socket more wait to be let in than its server has room for.
const silent: readonly unknown[] = ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAGAIN']

/** How a server is, for people. */
export const inWords = {
  answers: 'answers',
  gone: 'is not there',
  silent: 'does not answer',
  readOnly: 'lets nobody write',
}

/** Whether a server has clients although nobody gets at its socket any more: the file was removed, or lies elsewhere for us. */
export async function isServing(address: NbdAddress): Promise<boolean> {
  return address.type === 'unix' && hasClients(address)
}

/**
 * Asks a volume's server for its first block by a connection of our own; a file answers. `gone`: nobody listens there.
 * `silent`: it answers no request, or closes the connection at it. `readOnly`: it answers, and QEMU, which is to write, leaves
 * it again.
 */
export async function lookAtServer(
  { readOnly, tls, uri }: Pick<VolumeSpec, 'tls' | 'uri'> & Partial<Pick<VolumeSpec, 'readOnly'>>,
  timeoutMs: number,
): Promise<'answers' | 'silent' | 'gone' | 'readOnly'> {
  const source = readVolumeUri(uri)
  if (typeof source === 'string' || source.type !== 'nbd') return 'answers'
  return probeNbd(source.address, { timeoutMs, tls, headBytes: 512 }).then(
    (found) => (found.readOnly && readOnly === false ? 'readOnly' : 'answers'),
    // A server that says anything at all is there, whatever it says; only silence has no cause.
    async (error: QemuLaunchError) => {
      if (error.details.request === true) return 'silent'
      if (gone.includes(error.details.errno)) return (await isServing(source.address)) ? 'answers' : 'gone'
      return error.cause === undefined || silent.includes(error.details.errno) ? 'silent' : 'answers'
    },
  )
}
