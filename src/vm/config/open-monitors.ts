import type { Fault } from '../../errors.ts'
import { show } from '../../util/schema.ts'
import { readKeyval } from './keyval.ts'
import type { Sound } from './sound.ts'

/** A monitor gives its user the guest and every file QEMU can open, so it needs TLS on its way to another host. */
export function openMonitorFaults({
  config,
  networkMonitors,
  extraArgs,
}: Pick<Sound, 'config' | 'networkMonitors' | 'extraArgs'>): Fault[] {
  if (config.security?.openMonitors === true) return []
  const listed = networkMonitors.flatMap(({ path, value: { host, tls } }) => {
    if (isLoopback(host) || tls?.verifyPeer === true) return []
    const what =
      tls === undefined ? 'without TLS' : 'without asking its clients for certificates (verifyPeer)'
    return [open(`${path}.host`, host, `${what}: should be 127.0.0.1, or have tls`)]
  })
  return [...listed, ...openWords(extraArgs)]
}

/** The monitors that can be recognised in further words: those with an address of their own, and those of a chardev. */
function openWords(words: readonly string[]): Fault[] {
  const chardevs = new Map<string | undefined, ReadonlyMap<string, string>>()
  for (const [index, word] of words.entries()) {
    if (!isOption(word, ['chardev'])) continue
    const { head, options } = readKeyval(words[index + 1] ?? '')
    if (head === 'socket') chardevs.set(options.get('id'), options)
  }
  return words.flatMap((word, index) => {
    if (isOption(word, ['s']))
      return [open(`extraArgs[${index}]`, word, 'without TLS: should be -gdb with 127.0.0.1')]
    const value = words[index + 1] ?? ''
    const host = hostOf(word, value, chardevs)
    if (host === undefined || isLoopback(host)) return []
    return [open(`extraArgs[${index + 1}]`, value, 'without TLS: should name 127.0.0.1, or tls-creds')]
  })
}

function open(path: string, value: string, what: string): Fault {
  return {
    path,
    message: `${show(value)} opens a monitor to everybody who reaches this host, ${what} (security.openMonitors: true allows it)`,
    value,
  }
}

/** The host a monitor listens on or calls, empty for any; undefined when the word is no monitor, or has TLS. */
function hostOf(
  word: string,
  value: string,
  chardevs: ReadonlyMap<string | undefined, ReadonlyMap<string, string>>,
): string | undefined {
  const { head, options } = readKeyval(value)
  if (isOption(word, ['qmp', 'qmp-pretty', 'monitor', 'gdb', 'serial'])) {
    if (isOption(word, ['serial']) && !head.startsWith('mon:')) return undefined
    const [, host] = /^(?:mon:)?(?:tcp|telnet|websocket|udp):(\[[^\]]*\]|[^:]*):/.exec(head) ?? []
    if (host !== undefined) return options.has('tls-creds') ? undefined : host
  } else if (!isOption(word, ['mon'])) return undefined
  const chardev = chardevs.get(options.get('chardev') ?? head.replace(/^(?:mon:)?chardev:/, ''))
  if (chardev === undefined || !chardev.has('port') || chardev.has('tls-creds')) return undefined
  return chardev.get('host') ?? ''
}

function isOption(word: string, names: readonly string[]): boolean {
  return names.includes(/^--?(.+)$/.exec(word)?.[1] ?? '')
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host)
}
