import { type CallOptions, type QmpClient, QmpCommandError } from '../../qmp/index.ts'
import { isTlsCreds, type QemuContents } from './compare.ts'

const defaultTimeoutMs = 30_000

/** What a QEMU has, asked of itself; the ports only of these devices. @throws QmpError when it does not answer. */
export async function readContents(
  qmp: QmpClient,
  placed: readonly string[],
  { signal, timeoutMs = defaultTimeoutMs }: CallOptions = {},
): Promise<QemuContents> {
  const limits = { signal, timeoutMs }
  const [children, nodes, iothreads, objects, ...buses] = await Promise.all([
    qmp.execute('qom-list', { path: '/machine/peripheral' }, limits),
    qmp.execute('query-named-block-nodes', { flat: true }, limits),
    qmp.execute('query-iothreads', undefined, limits),
    objectsOf(qmp, limits),
    ...placed.map((id) => busOf(qmp, id, limits)),
  ])
  const places = new Map(placed.map((id, index) => [id, buses[index]]))
  return {
    devices: new Map(
      children
        .filter(({ type }) => type.startsWith('child<'))
        .map(({ name }) => [name, places.get(name)] as const),
    ),
    nodes: nodes.flatMap((node) => node['node-name'] ?? []),
    iothreads: iothreads.map(({ id }) => id),
    tlsCreds: objects.flatMap(({ name, type }) => {
      const [, kind = ''] = /^child<(.*)>$/.exec(type) ?? []
      return isTlsCreds(kind) ? [name] : []
    }),
  }
}

/** The objects; QEMU 7.2 has no list of them before the first. */
async function objectsOf(qmp: QmpClient, limits: CallOptions) {
  return qmp.execute('qom-list', { path: '/objects' }, limits).catch((error: unknown) => {
    if (error instanceof QmpCommandError && error.qmpClass === 'DeviceNotFound') return []
    throw error
  })
}

/** The name of the bus a device sits on; undefined when there is no such device. */
async function busOf(qmp: QmpClient, device: string, limits: CallOptions): Promise<string | undefined> {
  const path = `/machine/peripheral/${device}`
  const bus = await qmp.execute('qom-get', { path, property: 'parent_bus' }, limits).catch(() => '')
  return typeof bus === 'string' ? bus.split('/').at(-1) || undefined : undefined
}
