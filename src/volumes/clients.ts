import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NbdAddress } from './nbd-uri.ts'

const connectedUnix = '03'
const connectedTcp = '01'

/** Whether anybody is connected to the server at an address, by the kernel's lists, see proc_net(5). */
export async function hasClients(address: NbdAddress): Promise<boolean> {
  const read = (name: string) => readFile(join('/proc/net', name), 'utf8').catch(() => '')
  if (address.type === 'unix') {
    return (await read('unix')).split('\n').some((line) => {
      const [, state, path] = /^(?:\S+ ){5}(\d+) +\d+ (.*)$/.exec(line) ?? []
      return state === connectedUnix && path === address.path
    })
  }
  const port = address.port.toString(16).toUpperCase().padStart(4, '0')
  const lines = (await Promise.all([read('tcp'), read('tcp6')])).flatMap((text) => text.split('\n'))
  return lines.some((line) => {
    const [, local, , state] = line.trim().split(/\s+/)
    return state === connectedTcp && local?.endsWith(`:${port}`) === true
  })
}
