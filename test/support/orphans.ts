import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

interface Orphan {
  readonly pid: number
  readonly commandLine: string
}

const servers = /^(qemu-|nbdkit$)/
/** How long a process that was told to end may take to be gone. */
const graceMs = 20_000

/**
 * Before the integration tests: a label in the environment that every child inherits, and a directory for all they make
 * (`QEMU_LAUNCH_TEST_LABEL`, `QEMU_LAUNCH_TEST_ROOT`; short, because of the limit of unix sockets).
 */
export function setup(): void {
  if (process.env.QEMU_LAUNCH_TEST_LABEL !== undefined) return // another project of this run has done it
  process.env.QEMU_LAUNCH_TEST_LABEL = `qemu-launch-test-${randomBytes(6).toString('hex')}`
  process.env.QEMU_LAUNCH_TEST_ROOT = mkdtempSync('/tmp/qlt-')
  // Servers have their directories there too: these are in their command lines, and their environment is not this one.
  process.env.TMPDIR = process.env.QEMU_LAUNCH_TEST_ROOT
}

/** After them: fails the run when a process or a listening socket is left, and removes both. */
export async function teardown(): Promise<void> {
  const { QEMU_LAUNCH_TEST_LABEL: label, QEMU_LAUNCH_TEST_ROOT: directory } = process.env
  if (label === undefined || directory === undefined) return
  delete process.env.QEMU_LAUNCH_TEST_LABEL
  const end = Date.now() + graceMs
  let left = whatIsLeft(label, directory)
  while (left.length > 0 && Date.now() < end) {
    await sleep(50)
    left = whatIsLeft(label, directory)
  }
  for (const { pid } of findProcesses(directory, label)) kill(pid)
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  if (left.length === 0) return
  // Vitest prints what a teardown throws and ends with status 0 all the same.
  process.exitCode = 1
  throw new Error(`the tests left behind:\n${left.join('\n')}`)
}

function whatIsLeft(label: string, directory: string): string[] {
  const processes = findProcesses(directory, label)
  return [
    ...processes.map(({ pid, commandLine }) => `process ${pid}: ${commandLine}`),
    ...findSockets(directory).map((path) => `socket ${path}`),
  ]
}

/** The command line of every process that has the directory in it. */
export function processesOf(directory: string): string[] {
  return findProcesses(directory).map(({ commandLine }) => commandLine)
}

/** Ends every process that has the directory in its command line. */
export function endProcessesOf(directory: string): void {
  for (const { pid } of findProcesses(directory)) kill(pid)
}

/** Whatever has the directory in its command line, and servers that inherited the label (so did the test runner itself). */
function findProcesses(directory: string, label?: string): Orphan[] {
  const marks = label === undefined ? [directory] : [directory, label]
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .flatMap((pid) => {
      const words = readProc(pid, 'cmdline').split('\0').slice(0, -1)
      const inherited = () =>
        label !== undefined &&
        servers.test(basename(words[0] ?? '')) &&
        readProc(pid, 'environ').split('\0').includes(`QEMU_LAUNCH_TEST_LABEL=${label}`)
      const ours = words.some((word) => marks.some((mark) => word.includes(mark))) || inherited()
      return ours ? [{ pid, commandLine: words.join(' ') }] : []
    })
}

/** The bound unix sockets below the directory, those of dead processes not among them. */
function findSockets(directory: string): string[] {
  if (!existsSync('/proc/net/unix')) return []
  return readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .map((line) => line.slice(line.indexOf('/')))
    .filter((path) => path.startsWith(`${directory}/`))
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return '' // gone meanwhile, or another user's
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone meanwhile
  }
}
