import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { useOfSocket } from '../../src/process/index.ts'
import { makeCertificates } from './certificates.ts'

/** A golden command line made to run here: its words, and the servers it needs. */
export interface Stage {
  readonly words: readonly string[]
  readonly servers: readonly ChildProcess[]
}

const mib = 1024 * 1024

/**
 * Moves a command line into a directory: every path below /run, /srv and /var goes there and what it names is made,
 * ports become free ones, and what the machine cannot do (KVM, tap) is put in its plainest other way.
 */
export async function stage(words: readonly string[], directory: string): Promise<Stage> {
  const servers: ChildProcess[] = []
  const moved = words.map((word) => word.replaceAll(/(^|[=:])\/(?=(?:run|srv|var)\/)/g, `$1${directory}/`))
  const staged: string[] = []
  for (const [index, word] of moved.entries()) {
    staged.push(await prepare(moved[index - 1] ?? '', word, directory, servers))
  }
  return { words: accelerated(staged), servers }
}

async function prepare(
  option: string,
  word: string,
  directory: string,
  servers: ChildProcess[],
): Promise<string> {
  switch (option) {
    case '-drive':
      return prepareDrive(word, directory, servers)
    case '-blockdev':
      return prepareNode(word, directory, servers)
    case '-m':
      return word.replace(/^\d+/, (size) => String(Math.min(Number(size), 512)))
    case '-bios':
      if (!existsSync(word)) blank(word, mib / 4)
      return word
    case '-kernel':
      makeKernel(word)
      return word
    case '-initrd':
      blank(word, 4096)
      return word
    case '-netdev':
      return withNetwork(word)
    case '-chardev':
      makePlaces(word, directory)
      await help(servers, word, directory)
      return word.replace(/(?<=,port=)\d+/, String(await freePort()))
    default:
      if (word.includes('"tls-creds-x509"')) return prepareCredentials(word, directory)
      makePlaces(word, directory)
      if (word.startsWith('secret,')) for (const path of pathsIn(word)) writeFileSync(path, 'a text')
      if (word.startsWith('rng-random'))
        for (const path of pathsIn(word)) if (path.startsWith(directory)) blank(path, 512)
      return word
  }
}

function makePlaces(word: string, directory: string): void {
  for (const path of pathsIn(word)) {
    if (path.startsWith(directory)) mkdirSync(dirname(path), { recursive: true })
  }
}

function pathsIn(word: string): string[] {
  return word
    .split(/(?<!,),(?!,)/)
    .flatMap((part) => /(?:^|[=:])(\/.*)$/s.exec(part)?.[1]?.replaceAll(',,', ',') ?? [])
}

async function prepareDrive(word: string, directory: string, servers: ChildProcess[]): Promise<string> {
  const options = new Map(
    word.split(/(?<!,),(?!,)/).map((part) => [part.replace(/=.*/s, ''), part.replace(/^[^=]*=/s, '')]),
  )
  const file = (options.get('file') ?? '').replaceAll(',,', ',')
  const [, socket] = /^nbd:unix:(.*)$/s.exec(file) ?? []
  if (socket !== undefined) {
    // Flash chips have one size, see below.
    await serve(servers, socket, ['--unix', socket], options.get('if') === 'pflash' ? '4M' : '16M')
    return word
  }
  if (file.startsWith('nbd://')) {
    const port = await freePort()
    const pidFile = join(directory, `nbd-${port}.pid`)
    await serve(servers, pidFile, ['--ipaddr', '127.0.0.1', '--port', String(port), '--pidfile', pidFile])
    return word.replace(/:10809\b/, `:${port}`)
  }
  const folder = options.get('dir') ?? options.get('file.dir')
  if (folder !== undefined) {
    mkdirSync(resolve(directory, folder), { recursive: true })
    return word
  }
  const path = join(file.startsWith('/') ? '' : directory, file)
  if (options.get('format') === 'qcow2') makeQcow2(path)
  // The flash chips of the ARM machine have one size only.
  else if (!existsSync(path))
    blank(
      path,
      options.get('if') === 'pflash' ? (basename(directory).includes('aarch64') ? 64 : 4) * mib : mib,
    )
  return word
}

/** A node of the JSON form; those of our goldens are NBD servers on a socket, and local caches of them. */
async function prepareNode(word: string, directory: string, servers: ChildProcess[]): Promise<string> {
  if (word.includes('"type":"inet"')) return prepareRemote(word, directory, servers)
  const [, socket = ''] = /"path":"([^"]*)"/.exec(word) ?? []
  const moved = join(directory, socket)
  if (!existsSync(moved)) await serve(servers, moved, ['--unix', moved])
  const [, cache] = /"filename":"([^"]*)"/.exec(word) ?? []
  if (cache !== undefined) makeQcow2(join(directory, cache))
  return (
    word
      .replaceAll(`"path":"${socket}"`, `"path":"${moved}"`)
      .replace('"filename":"', `"filename":"${directory}`)
      // A directory in memory can do neither.
      .replaceAll('"direct":true,"no-flush":true', '"direct":false,"no-flush":true')
      .replace(',"aio":"native"', '')
  )
}

function prepareCredentials(word: string, directory: string): string {
  mkdirSync(pki(directory), { recursive: true })
  makeCertificates(pki(directory))
  return word.replace('"dir":"/srv/pki"', `"dir":"${pki(directory)}"`)
}

/** A server elsewhere is one here, with the credentials that were made for the client. */
async function prepareRemote(word: string, directory: string, servers: ChildProcess[]): Promise<string> {
  const port = String(await freePort())
  const pidFile = join(directory, `nbd-${port}.pid`)
  const tls = word.includes('"tls-creds"') ? ['--tls=require', `--tls-certificates=${pki(directory)}`] : []
  await serve(servers, pidFile, ['--ipaddr', '127.0.0.1', '--port', port, '--pidfile', pidFile, ...tls])
  return word.replace(/"host":"[^"]*","port":"\d+"/, `"host":"127.0.0.1","port":"${port}"`)
}

const pki = (directory: string) => join(directory, 'srv/pki')

function blank(path: string, sizeBytes: number): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
  truncateSync(path, sizeBytes)
}

function makeQcow2(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', path, '16M'])
}

/** The header of a Linux kernel and nothing behind it: enough for QEMU to load it, see Documentation/arch/x86/boot.rst. */
function makeKernel(path: string): void {
  const image = Buffer.alloc(16 * 1024)
  image[0x1f1] = 1
  image.write('HdrS', 0x202)
  image.writeUInt16LE(0x20c, 0x206)
  image[0x211] = 1
  image.writeUInt32LE(0x7fffffff, 0x22c)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, image)
}

function helper(id: string, socket: string, directory: string): [string, string[]] {
  if (id === 'tpm0')
    return [
      'swtpm',
      ['socket', '--tpm2', '--tpmstate', `dir=${directory}`, '--ctrl', `type=unixio,path=${socket}`],
    ]
  if (id.startsWith('share-'))
    return ['/usr/lib/qemu/virtiofsd', [`--socket-path=${socket}`, '-o', `source=${directory}`, '-f']]
  return ['qemu-storage-daemon', vhostUserDisk(socket, 'driver=null-co,size=16777216')]
}

/** What makes qemu-storage-daemon serve a disk by vhost-user. */
export function vhostUserDisk(socket: string, node: string): string[] {
  const disk = `type=vhost-user-blk,id=disk,node-name=disk,writable=on,num-queues=2,addr.type=unix,addr.path=${socket}`
  return ['--blockdev', `${node},node-name=disk`, '--export', disk]
}

/** Starts what a TPM, a share or a disk by vhost-user needs beside QEMU. */
async function help(servers: ChildProcess[], word: string, directory: string): Promise<void> {
  const [, id, name = ''] = /^socket,id=(tpm0|share-[^,]*|vhost-[^,]*),path=([^,]*)$/.exec(word) ?? []
  if (id === undefined) return
  const socket = id.startsWith('vhost-') ? name : join(directory, name)
  const server = spawn(...helper(id, socket, directory), { stdio: 'ignore' })
  servers.push(server)
  const end = Date.now() + 10_000
  while (!(await useOfSocket(socket)).isListening) {
    if (server.exitCode !== null || Date.now() > end) throw new Error(`${id} did not start`)
    await sleep(10)
  }
}

async function serve(
  servers: ChildProcess[],
  ready: string,
  words: readonly string[],
  size = '16M',
): Promise<void> {
  mkdirSync(dirname(ready), { recursive: true })
  const server = spawn('nbdkit', ['--foreground', '--exit-with-parent', ...words, 'memory', size], {
    stdio: 'ignore',
  })
  servers.push(server)
  const end = Date.now() + 10_000
  while (!existsSync(ready)) {
    if (server.exitCode !== null || Date.now() > end)
      throw new Error(`nbdkit ${words.join(' ')} did not start`)
    await sleep(10)
  }
}

async function withNetwork(word: string): Promise<string> {
  // The bridge of a golden is none of this machine's.
  const canTap = opens('/dev/net/tun') && !word.includes(',br=')
  if (word.startsWith('tap,') && !canTap) return word.replace(/^tap,(id=[^,]*),.*$/, 'user,$1')
  let result = opens('/dev/vhost-net') ? word : word.replace(',vhost=on', '')
  for (const [forward] of word.matchAll(/hostfwd=(?:tcp|udp):[^:]*:\d+/g)) {
    result = result.replace(forward, forward.replace(/\d+$/, String(await freePort())))
  }
  return result
}

/** KVM where it can be had, else the emulator. Debian's kvm is the x86 QEMU with KVM on. */
function accelerated(words: readonly string[]): string[] {
  const [binary = '', ...rest] = words
  const isKvm = basename(binary) === 'kvm'
  const all = isKvm ? ['qemu-system-x86_64', '-enable-kvm', ...rest] : [binary, ...rest]
  if (!all.includes('-enable-kvm') || (all[0] === `qemu-system-${hostArch()}` && startsKvm(all[0])))
    return all
  return all.flatMap((word, index) => {
    if (word === '-enable-kvm') return ['-accel', 'tcg,thread=multi']
    return all[index - 1] === '-cpu' ? [word.replace(/^host\b/, 'max')] : [word]
  })
}

const kvmTrials = new Map<string, boolean>()

/** A /dev/kvm that opens proves nothing: there are some on which QEMU aborts when it makes the first vCPU. */
function startsKvm(binary: string): boolean {
  const words = ['-enable-kvm', '-cpu', 'host', '-S', '-display', 'none', '-monitor', 'stdio']
  const starts =
    kvmTrials.get(binary) ??
    spawnSync(binary, words, { input: 'quit\n', timeout: 10_000, killSignal: 'SIGKILL' }).status === 0
  kvmTrials.set(binary, starts)
  return starts
}

function hostArch(): string {
  return process.arch === 'arm64' ? 'aarch64' : 'x86_64'
}

function opens(device: string): boolean {
  try {
    closeSync(openSync(device, 'r+'))
    return true
  } catch {
    return false
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
