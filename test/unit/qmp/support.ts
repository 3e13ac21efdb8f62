import { onTestFinished } from 'vitest'
import { type ConnectOptions, QmpClient } from '../../../src/qmp/index.ts'
import {
  createFakeQmpServer,
  type FakeQmpServer,
  type FakeQmpServerOptions,
  linkedPair,
} from '../../../src/testing/index.ts'

/** A client connected to a fake server over an in-memory pair; both are gone when the test is. */
export async function connected(
  server: Omit<FakeQmpServerOptions, 'stream' | 'path'> = {},
  options: ConnectOptions = {},
): Promise<{ client: QmpClient; server: FakeQmpServer }> {
  const [near, far] = linkedPair()
  const fake = await createFakeQmpServer({ ...server, stream: far })
  onTestFinished(() => fake.close())
  const client = await QmpClient.connect(near, options)
  onTestFinished(() => client.close())
  return { client, server: fake }
}

/** Lets everything that is ready happen. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
