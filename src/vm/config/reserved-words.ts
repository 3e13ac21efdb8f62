import type { Fault } from '../../errors.ts'
import { show } from '../../util/schema.ts'
import { readKeyval } from './keyval.ts'

/** The character devices that a launch makes: the monitors of the owner and of everybody else, and the serial console. */
export const launchChardevs = ['owner', 'owner-later', 'people', 'console0'] as const

/** QEMU's end of its owner's monitor. */
export const ownerDescriptor = 3

/** Options that take from the launch what it looks after QEMU by, and what a config says instead. */
const options: ReadonlyMap<string, string> = new Map([
  [
    'daemonize',
    'hides the process of QEMU from the launch: should be left out. A launched VM outlives its launcher anyway',
  ],
  ['pidfile', 'moves the pid file, by which QEMU is found: should be the key pidFile'],
  [
    'sandbox',
    "replaces the sandbox of the launch: should be the key security.sandbox, which has all of QEMU's groups",
  ],
  ['nographic', `puts a monitor on the standard streams, which the launch uses: should be "display": "none"`],
  ['curses', 'draws on the standard streams, which the launch uses: should be a display with a socket'],
])

const takesStreams =
  'takes the standard streams, which the launch uses: should be a socket (console, serials, virtioConsole, qmp)'

/** The words in `extraArgs` that would take the process, its monitors, its pid file, its sandbox or its standard streams from us. */
export function reservedWordFaults(words: readonly string[]): Fault[] {
  return words.flatMap((word, index): Fault[] => {
    const option = /^--?(.+)$/.exec(word)?.[1] ?? ''
    const refused = options.get(option)
    if (refused !== undefined) return [fault(index, word, refused)]
    const value = words[index + 1]
    const why = value === undefined ? undefined : faultOfValue(option, value)
    return value === undefined || why === undefined ? [] : [fault(index + 1, value, why)]
  })
}

function fault(index: number, value: string, why: string): Fault {
  return { path: `extraArgs[${index}]`, message: `${show(value)} ${why}`, value }
}

const charOptions: ReadonlySet<string> = new Set([
  ...['serial', 'parallel', 'monitor', 'qmp', 'qmp-pretty', 'debugcon', 'gdb'],
])

function faultOfValue(option: string, value: string): string | undefined {
  const { head, options: given } = readKeyval(value)
  const device = head.replace(/^mon:/, '')
  if (option === 'chardev' && device === 'stdio') return takesStreams
  if (charOptions.has(option) && device === 'stdio') return takesStreams
  if (option === 'display' && device === 'curses') return takesStreams
  const id = idIn(option, device, given)
  if (id !== undefined && isReserved(id))
    return `takes the character device ${id} of the launch: should be another one`
  const named = readKeyval(`,${value}`).options
  const fds = [named.get('fd'), ...(named.get('fds')?.split(':') ?? [])]
  if (option !== '' && fds.includes(String(ownerDescriptor)))
    return `takes descriptor ${ownerDescriptor}, the monitor of the launch: should be another one`
  return undefined
}

/** The character device that an option makes or takes. */
function idIn(option: string, head: string, given: ReadonlyMap<string, string>): string | undefined {
  if (option === 'chardev') return given.get('id')
  if (option === 'mon') return given.get('chardev') ?? head
  return charOptions.has(option) ? /^chardev:(.+)$/.exec(head)?.[1] : undefined
}

function isReserved(id: string): boolean {
  return (launchChardevs as readonly string[]).includes(id)
}
