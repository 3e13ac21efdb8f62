import { readFile } from 'node:fs/promises'
import type { QmpClient } from '../../qmp/index.ts'
import { messageOf } from '../errors.ts'

const sysctl = '/proc/sys/kernel/io_uring_disabled'

/** What of the kernel decides about io_uring for this process and the QEMUs that it starts. */
export async function ioUringState(): Promise<string> {
  const [disabled, status] = await Promise.all(
    [sysctl, '/proc/self/status'].map((path) => readFile(path, 'utf8').catch(() => '')),
  )
  const filters = /^Seccomp(?:_filters)?:.*$/gm
  return [process.getuid?.(), disabled?.trim(), ...(status ?? '').matchAll(filters)].join(' ')
}

/**
 * What stands against io_uring, tried on a file by a QEMU without a machine; undefined when it works. Some QEMUs take it where the
 * kernel forbids it, and use threads without a word: there the kernel's own word counts.
 */
export async function faultOfIoUring(qmp: QmpClient): Promise<string | undefined> {
  const disabled = await readFile(sysctl, 'utf8').catch(() => '')
  if (disabled.trim() === '2') return 'the kernel forbids it (kernel.io_uring_disabled = 2)'
  const file = {
    driver: 'file',
    'node-name': 'trial',
    filename: process.execPath,
    'read-only': true,
  } as const
  return qmp.execute('blockdev-add', { ...file, aio: 'io_uring' }).then(() => undefined, messageOf)
}
