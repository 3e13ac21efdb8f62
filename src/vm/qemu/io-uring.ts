import { readFileSync } from 'node:fs'
import type { QmpClient } from '../../qmp/index.ts'
import { messageOf } from '../errors.ts'

const sysctl = '/proc/sys/kernel/io_uring_disabled'

/** What of the kernel decides about io_uring for this process and the QEMUs that it starts. */
export function ioUringState(): string {
  const [disabled, status] = [sysctl, '/proc/self/status'].map(textOf)
  const filters = /^Seccomp(?:_filters)?:.*$/gm
  return [process.getuid?.(), disabled?.trim(), ...(status ?? '').matchAll(filters)].join(' ')
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** A file that is opened for a moment, and what it is called meanwhile. */
interface Trial {
  readonly driver: 'file' | 'host_device'
  readonly filename: string
  readonly name: string
}

const anyFile: Trial = { driver: 'file', filename: process.execPath, name: 'trial' }

/**
 * What stands against io_uring, tried by a QEMU on a file that it can read; undefined when it works. Some QEMUs take it where the
 * kernel forbids it, and use threads without a word: there the kernel's own word counts.
 * @throws QmpError when the file cannot be closed.
 */
export async function faultOfIoUring(
  qmp: QmpClient,
  { driver, filename, name }: Trial = anyFile,
): Promise<string | undefined> {
  if (textOf(sysctl).trim() === '2') return 'the kernel forbids it (kernel.io_uring_disabled = 2)'
  const node = { driver, filename, 'node-name': name, 'read-only': true, aio: 'io_uring' } as const
  const fault = await qmp.execute('blockdev-add', node).then(() => undefined, messageOf)
  if (fault === undefined) await qmp.execute('blockdev-del', { 'node-name': name })
  return fault
}
