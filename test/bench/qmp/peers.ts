import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const NODE_QEMU = 'node-qemu@1.3.0'
const { QEMU_LAUNCH_CACHE, XDG_CACHE_HOME } = process.env
const cache = QEMU_LAUNCH_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'qemu-launch')

/** The entry of node-qemu, installed beside the test guest and not into this project; undefined, said, without npm's registry. */
export function nodeQemu(): string | undefined {
  const entry = join(cache, 'bench/node_modules/node-qemu/dist/index.mjs')
  if (existsSync(entry)) return entry
  mkdirSync(join(cache, 'bench'), { recursive: true })
  try {
    execFileSync(
      'npm',
      ['install', '--prefix', join(cache, 'bench'), '--no-audit', '--no-fund', '--ignore-scripts', NODE_QEMU],
      { stdio: 'ignore', timeout: 120_000 },
    )
    return entry
  } catch {
    console.error(`skipped: ${NODE_QEMU} could not be installed`)
    return undefined
  }
}

/** The directory to import QEMU's Python client from; undefined, said, where neither it nor Python can be had. */
export function pythonQmp(): string | undefined {
  const directory = join(cache, 'bench/python')
  try {
    if (!existsSync(join(directory, 'qemu/qmp/qmp_client.py'))) {
      const script = fileURLToPath(new URL('fetch-python-client.sh', import.meta.url))
      execFileSync('bash', [script, directory], { stdio: 'ignore', timeout: 120_000 })
    }
    execFileSync('python3', ['-c', 'import qemu.qmp'], {
      stdio: 'ignore',
      env: { ...process.env, PYTHONPATH: directory, PYTHONDONTWRITEBYTECODE: '1' },
    })
    return directory
  } catch {
    console.error(
      "skipped: QEMU's Python client could not be set up (it needs apt-get, a Debian mirror and python3)",
    )
    return undefined
  }
}

export interface Server extends AsyncDisposable {
  readonly path: string
}

async function serve(program: string, words: readonly string[], path: string): Promise<Server> {
  const child: ChildProcess = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] })
  while (!existsSync(path)) {
    if (child.exitCode !== null) throw new Error(`${program} ended with status ${child.exitCode}`)
    await sleep(5)
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** An idle QEMU without a machine. */
export function startQemu(path: string): Promise<Server> {
  const idle = ['-S', '-nodefaults', '-display', 'none', '-machine', 'none']
  return serve('qemu-system-x86_64', [...idle, '-qmp', `unix:${path},server=on,wait=off`], path)
}

/** Compiles the scripted peer into `directory`. In C (`setup.sh bench` installs the compiler), since nothing else is faster than a client. */
export function compileFastPeer(directory: string): string {
  const program = join(directory, 'fast-peer')
  execFileSync('cc', ['-O2', '-o', program, fileURLToPath(new URL('fast-peer.c', import.meta.url))], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return program
}

export function startFastPeer(
  program: string,
  path: string,
  files: { schema: string; flood: string; floodBytes: number },
): Promise<Server> {
  return serve(program, [path, files.schema, files.flood, String(files.floodBytes)], path)
}
