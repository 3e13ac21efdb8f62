import { cacheFlags } from '../cache.ts'
import { tlsCreds } from '../tls-spec.ts'
import { imageNode } from './image.ts'
import type { ImageSpec } from './spec.ts'
import type { ServerPlace } from './words.ts'

/** qemu-storage-daemon's command line, https://www.qemu.org/docs/master/tools/qemu-storage-daemon.html. Pure. */
export function storageDaemonWords(
  spec: ImageSpec,
  { address, drivers, pidFile }: ServerPlace,
): [string, ...string[]] {
  const listener =
    address.type === 'unix'
      ? { type: 'unix', path: address.path }
      : { type: 'inet', host: address.host, port: String(address.port) }
  const disk = {
    type: 'nbd',
    id: 'export',
    'node-name': 'image',
    name: spec.exportName ?? '',
    writable: spec.readOnly !== true,
    writethrough: spec.cache !== undefined && cacheFlags(spec.cache).writeCache === 'off',
  }
  return [
    spec.binary ?? 'qemu-storage-daemon',
    '--pidfile',
    pidFile,
    '--blockdev',
    JSON.stringify({ 'node-name': 'image', ...imageNode(spec, drivers) }),
    ...(spec.tls === undefined ? [] : ['--object', JSON.stringify(tlsCreds('tls', 'server', spec.tls))]),
    '--nbd-server',
    JSON.stringify({ addr: listener, 'tls-creds': spec.tls && 'tls' }),
    '--export',
    JSON.stringify(disk),
  ]
}
