import { tlsCreds } from '../tls-spec.ts'
import { imageNode } from './image.ts'
import type { ImageSpec } from './spec.ts'
import type { ServerPlace } from './words.ts'

/** qemu-nbd's command line, https://www.qemu.org/docs/master/tools/qemu-nbd.html. Pure. */
export function qemuNbdWords(
  spec: ImageSpec,
  { address, drivers, pidFile }: ServerPlace,
): [string, ...string[]] {
  return [
    spec.binary ?? 'qemu-nbd',
    '--persistent',
    // A client that tries the server, or comes back to it, finds a place that is free.
    '--shared=0',
    `--pid-file=${pidFile}`,
    ...(address.type === 'unix'
      ? [`--socket=${address.path}`]
      : [`--bind=${address.host}`, `--port=${address.port}`]),
    ...(spec.tls === undefined
      ? []
      : [`--object=${JSON.stringify(tlsCreds('tls', 'server', spec.tls))}`, '--tls-creds=tls']),
    ...(spec.exportName === undefined ? [] : [`--export-name=${spec.exportName}`]),
    ...(spec.readOnly ? ['--read-only'] : []),
    // The node's own flags do not say whether each write is flushed.
    ...(spec.cache === undefined ? [] : [`--cache=${spec.cache}`]),
    `--discard=${spec.discard ?? 'unmap'}`,
    `json:${JSON.stringify(imageNode(spec, drivers))}`,
  ]
}
