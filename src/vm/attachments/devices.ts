import type { CallOptions, QmpClient } from '../../qmp/index.ts'

const answerTimeoutMs = 30_000

/** The ids of the devices QEMU has; a device that is being taken apart is not in it. */
export async function presentDevices(
  qmp: QmpClient,
  { signal, timeoutMs = answerTimeoutMs }: CallOptions = {},
): Promise<ReadonlySet<string>> {
  const children = await qmp.execute('qom-list', { path: '/machine/peripheral' }, { signal, timeoutMs })
  return new Set(children.map(({ name }) => name))
}
