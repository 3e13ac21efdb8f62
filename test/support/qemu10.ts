import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('qemu10.sh', import.meta.url))
const { status, stdout, stderr } = spawnSync('bash', [script], { encoding: 'utf8' })
const directory = stdout?.trimEnd().split('\n').at(-1)
if (status !== 0 || !directory) throw new Error(`${script} failed: ${stderr}`)

/** For a project's setupFiles: from here on `qemu-system-x86_64` is QEMU 10.0, for tests and all that they start. */
process.env.QEMU_LAUNCH_TEST_QEMU = '10.0'
process.env.PATH = `${directory}:${process.env.PATH}`
