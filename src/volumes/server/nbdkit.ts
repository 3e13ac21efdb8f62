import { filterOf, type NbdkitSpec } from './spec.ts'
import type { ServerPlace } from './words.ts'

/** nbdkit's command line, https://libguestfs.org/nbdkit.1.html. Pure. The secrets have become parameters before. */
export function nbdkitWords(spec: NbdkitSpec, place: ServerPlace): [string, ...string[]] {
  const { address, pidFile, exitWithParent } = place
  const { binary = 'nbdkit', exportName, plugin, readOnly, threads, tls } = spec
  const filters = (spec.filters ?? []).map(filterOf)
  return [
    binary,
    '--foreground',
    `--pidfile=${pidFile}`,
    ...(address.type === 'unix'
      ? [`--unix=${address.path}`]
      : [`--ipaddr=${address.host}`, `--port=${address.port}`]),
    ...(exitWithParent ? ['--exit-with-parent'] : []),
    ...(readOnly ? ['--readonly'] : []),
    ...(threads === undefined ? [] : [`--threads=${threads}`]),
    ...(tls === undefined ? [] : ['--tls=require', `--tls-certificates=${tls.dir}`]),
    ...(tls?.verifyPeer === true ? ['--tls-verify-peer'] : []),
    ...(exportName === undefined ? [] : [`--exportname=${exportName}`]),
    ...filters.map(({ name }) => `--filter=${name}`),
    plugin,
    ...pairs(spec.parameters),
    ...filters.flatMap(({ parameters }) => pairs(parameters)),
  ]
}

function pairs(parameters: NbdkitSpec['parameters'] = {}): string[] {
  return Object.entries(parameters).map(([key, value]) => `${key}=${value}`)
}
