import type { QmpClient } from '../../qmp/index.ts'
import type { HostForward, VmRecord } from '../record/state.ts'

type Asked = Pick<QmpClient, 'execute'>

/** Where QEMU's user network says that it listens, and for which port of the guest. */
interface Listening {
  readonly nic: string
  readonly protocol: string
  readonly state: string
  readonly source: string
  readonly sourcePort: number
  readonly destination: string
  readonly destinationPort: number
}

const guestDefault = '10.0.2.15'

/** The ports of the host that lead into the guest, those that the system has chosen too. @throws QmpError. */
export async function forwardsOf(
  qmp: Asked,
  nics: readonly VmRecord['config']['nics'][number][],
  timeoutMs: number,
): Promise<HostForward[]> {
  const wanted = nics.flatMap((nic) =>
    nic.type === 'user' ? nic.hostForwards.map((forward) => ({ nic: nic.id, ...forward })) : [],
  )
  if (wanted.every(({ hostPort }) => hostPort !== 0)) return wanted
  const free = (await userConnections(qmp, timeoutMs)).filter(({ state }) => state === 'HOST_FORWARD')
  return wanted.map((forward) => {
    if (forward.hostPort !== 0) return forward
    const at = free.findIndex((found) => leadsAs(found, forward))
    const [found] = at < 0 ? [] : free.splice(at, 1)
    return { ...forward, hostPort: found?.sourcePort ?? 0 }
  })
}

/** What QEMU's user networks connect at the moment: only people's monitor tells. @throws QmpError. */
export async function userConnections(
  qmp: Asked,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Listening[]> {
  const args = { 'command-line': 'info usernet' }
  const text = String(await qmp.execute('human-monitor-command', args, { signal, timeoutMs }))
  return readUserNet(text)
}

/** Reads the answer to `info usernet`. Pure. */
export function readUserNet(text: string): Listening[] {
  let nic = ''
  return text.split(/\r?\n/).flatMap((line) => {
    const [, name] = /^\S.*\((.+)\):$/.exec(line) ?? []
    nic = name ?? nic
    const [, protocol, state, source, sourcePort, destination, destinationPort] =
      /^\s+(TCP|UDP)\[(\w+)\]\s+-?\d+\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)/.exec(line) ?? []
    if (protocol === undefined || state === undefined || source === undefined || destination === undefined)
      return []
    const ports = { sourcePort: Number(sourcePort), destinationPort: Number(destinationPort) }
    return [{ nic, protocol: protocol.toLowerCase(), state, source, destination, ...ports }]
  })
}

function leadsAs(found: Listening, forward: HostForward): boolean {
  const { guestAddress = guestDefault, guestPort, hostAddress = '*', nic, protocol } = forward
  return (
    found.nic === nic &&
    found.protocol === protocol &&
    found.source === (hostAddress === '0.0.0.0' ? '*' : hostAddress) &&
    found.destination === guestAddress &&
    found.destinationPort === guestPort
  )
}
