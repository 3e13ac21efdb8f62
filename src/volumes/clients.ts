import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { useOfSocket } from '../process/index.ts'
import type { NbdAddress } from './nbd-uri.ts'

const connectedTcp = '01'

const read = (name: string) => readFile(join('/proc/net', name), 'utf8').catch(() => '')

/** Whether anybody is connected to the server at an address, by the kernel's lists, see proc_net(5). */
export async function hasClients(address: NbdAddress): Promise<boolean> {
  if (address.type === 'unix') return (await useOfSocket(address.path)).hasClients
  const port = address.port.toString(16).toUpperCase().padStart(4, '0')
  const lines = (await Promise.all([read('tcp'), read('tcp6')])).flatMap((text) => text.split('\n'))
  return lines.some((line) => {
    const [, local, , state] = line.trim().split(/\s+/)
    return state === connectedTcp && local?.endsWith(`:${port}`) === true
  })
}
