import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const version = process.env.QEMU_LAUNCH_TEST_QEMU ?? ''
const script = fileURLToPath(new URL('other-qemu.sh', import.meta.url))
const { status, stdout, stderr } = spawnSync('bash', [script, version], { encoding: 'utf8' })
const directory = stdout?.trimEnd().split('\n').at(-1)
if (status !== 0 || !directory) throw new Error(`${script} failed: ${stderr}`)

/** For a project's setupFiles: from here on `qemu-system-x86_64` is that version, for tests and all that they start. */
process.env.PATH = `${directory}:${process.env.PATH}`
