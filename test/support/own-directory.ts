import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** For a project's setupFiles: files that run at the same time share no directory, hence no name of a VM. */
const { QEMU_LAUNCH_TEST_ROOT: root, VITEST_POOL_ID: worker } = process.env
if (root === undefined || worker === undefined)
  throw new Error('not run by vitest with orphans.ts as its globalSetup')
process.env.QEMU_LAUNCH_TEST_TMP = join(root, worker)
mkdirSync(process.env.QEMU_LAUNCH_TEST_TMP, { recursive: true, mode: 0o700 })
