import { readKeyval } from './keyval.ts'
import type { VmConfig } from './schema.ts'
import type { At } from './sound.ts'

/** Every path at which QEMU is to listen by a key of the config, with the key. */
export function socketPaths(config: Partial<VmConfig>): At<string>[] {
  const { console, display, guestAgent, qmp = [], serials = [], virtioConsole } = config
  const lines: readonly (readonly [path: string, line: { readonly socket?: string | undefined }])[] = [
    ['guestAgent', typeof guestAgent === 'object' ? guestAgent : {}],
    ...serials.map((line, index) => [`serials[${index}]`, line] as const),
    ['virtioConsole', virtioConsole ?? {}],
    ['console', console ?? {}],
    ['display', typeof display === 'object' && 'socket' in display ? display : {}],
  ]
  return [
    ...qmp.flatMap((monitor, index) =>
      'path' in monitor ? [{ path: `qmp[${index}].path`, value: monitor.path }] : [],
    ),
    ...lines.flatMap(([path, { socket }]) =>
      socket === undefined ? [] : [{ path: `${path}.socket`, value: socket }],
    ),
  ]
}

/** The same for words written as they are: character devices and monitors that are servers, and VNC. */
export function socketsInWords(words: readonly string[]): At<string>[] {
  return words.flatMap((word, index) => {
    const option = /^--?(.+)$/.exec(words[index - 1] ?? '')?.[1] ?? ''
    const { head, options } = readKeyval(word)
    const [, named] = /^(?:vnc=)?(?:mon:)?unix:(.+)$/.exec(head) ?? []
    const isServer = options.has('server') || ['vnc', 'display'].includes(option)
    const value = option === 'chardev' && head === 'socket' ? options.get('path') : named
    return isServer && option !== '' && value !== undefined ? [{ path: `extraArgs[${index}]`, value }] : []
  })
}
