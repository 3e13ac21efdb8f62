import { type NbdAddress, parseNbdUri } from './nbd-uri.ts'
import type { NbdServer } from './server/server.ts'
import { type NbdkitOptions, startNbdkit } from './server/start.ts'

/** Where a read cache listens, and the server behind it. */
export interface ReadCacheOptions
  extends Pick<
    NbdkitOptions,
    'socket' | 'threads' | 'exitWithParent' | 'binary' | 'readyTimeoutMs' | 'signal'
  > {
  /** The slow server, as a volume's `uri` names it. */
  readonly uri: string
}

/**
 * Starts a local cache in front of a slow NBD server, for volumes that nobody writes, such as a golden image or a dataset. What
 * was read once comes from a local file. The rest is fetched in pieces of 64 KiB, several at a time. Several VMs may share the
 * cache.
 *
 * It is read-only, and the volume has to be (`readOnly: true`). The file is in `TMPDIR` (or /var/tmp), grows up to the size of
 * the volume, and ends with the cache. A cache that was killed has lost nothing: start it again on the same socket within the
 * volume's `reconnectDelaySeconds`. Do the same when the server behind it was away: until then, reads of new blocks fail. Changes
 * behind the cache are not seen.
 * @throws QemuLaunchError as `startNbdkit`; VOLUME_SPEC when `uri` is no NBD address.
 */
export async function startReadCache({ uri, ...where }: ReadCacheOptions): Promise<NbdServer> {
  return startNbdkit({
    ...where,
    plugin: 'nbd',
    // Not the filter `cache`: that one fetches one block at a time, see CONTRIBUTING.md.
    filters: ['cow'],
    parameters: { ...upstream(parseNbdUri(uri)), 'cow-on-read': true },
    readOnly: true,
  })
}

function upstream(address: NbdAddress): Record<string, string | number> {
  const server =
    address.type === 'unix' ? { socket: address.path } : { hostname: address.host, port: address.port }
  return { ...server, export: address.export }
}
