import type { CallOptions, QmpClient } from '../../qmp/index.ts'

const answerTimeoutMs = 30_000

/** The ids of the devices QEMU has; one that is being taken apart is in it no more. */
export async function presentDevices(
  qmp: QmpClient,
  { signal, timeoutMs = answerTimeoutMs }: CallOptions = {},
): Promise<ReadonlySet<string>> {
  const children = await qmp.execute('qom-list', { path: '/machine/peripheral' }, { signal, timeoutMs })
  return new Set(children.map(({ name }) => name))
}
