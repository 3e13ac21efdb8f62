import { rm, writeFile } from 'node:fs/promises'
import type { ResolvedVm } from '../config/resolve.ts'
import type { VmConfig } from '../config/schema.ts'
import { withoutServerSecrets } from './volume-servers.ts'

/** Writes the texts of a config's secrets (0600) where its command line says they are. */
export async function writeSecrets(config: VmConfig, { secrets }: ResolvedVm): Promise<void> {
  const texts = new Map(config.secrets.map(({ id, data }) => [id, data]))
  for (const { id, file, own } of secrets) {
    if (own) await writeFile(file, texts.get(id) ?? '', { mode: 0o600, flag: 'wx' })
  }
}

/** Takes them away again: QEMU reads them once. */
export async function removeSecrets({ secrets }: ResolvedVm): Promise<void> {
  await Promise.all(secrets.filter(({ own }) => own).map(({ file }) => rm(file, { force: true })))
}

/** A config fit for the record of its VM: it says where each secret was, not what. */
export function withoutSecrets(config: VmConfig, { secrets }: ResolvedVm): VmConfig {
  return { ...withoutServerSecrets(config), secrets: secrets.map(({ id, file }) => ({ id, file })) }
}
