import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NbdAddress } from './nbd-uri.ts'

const connectedUnix = '03'
// __SO_ACCEPTCON of the kernel.
const listening = '00010000'
const connectedTcp = '01'

const read = (name: string) => readFile(join('/proc/net', name), 'utf8').catch(() => '')

/** Whether anybody is connected to the server at an address, by the kernel's lists, see proc_net(5). */
export async function hasClients(address: NbdAddress): Promise<boolean> {
  if (address.type === 'unix')
    return (await unixSockets(address.path)).some(({ state }) => state === connectedUnix)
  const port = address.port.toString(16).toUpperCase().padStart(4, '0')
  const lines = (await Promise.all([read('tcp'), read('tcp6')])).flatMap((text) => text.split('\n'))
  return lines.some((line) => {
    const [, local, , state] = line.trim().split(/\s+/)
    return state === connectedTcp && local?.endsWith(`:${port}`) === true
  })
}

/** Whether a server listens at a unix socket in this network namespace: then all its connections are in the kernel's list. */
export async function isListening(path: string): Promise<boolean> {
  return (await unixSockets(path)).some(({ flags }) => flags === listening)
}

async function unixSockets(wanted: string): Promise<{ flags: string; state: string }[]> {
  return (await read('unix')).split('\n').flatMap((line) => {
    const [, flags = '', state = '', path] = /^(?:\S+ ){3}(\d+) \d+ (\d+) +\d+ (.*)$/.exec(line) ?? []
    return path === wanted ? [{ flags, state }] : []
  })
}
