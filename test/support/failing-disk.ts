import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { blankFile, freshName, startDisk, testDirectory } from './vm.ts'

const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']

function system(...words: string[]): string {
  const [command = '', ...args] = [...asRoot, ...words]
  return execFileSync(command, args, { encoding: 'utf8' }).trim()
}

/** A file system on a disk that fails with EIO when it is told to. */
export interface FailingDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string
  /** From now on each read and write of the disk fails, or none does. */
  fail(isFailing: boolean): void
}

/** ext4 on a loop device, which has its blocks of an nbdkit by FUSE: the kernel itself tells the errors. Needs root. */
export async function failingDisk(sizeMiB: number): Promise<FailingDisk> {
  const image = blankFile(sizeMiB)
  execFileSync('mkfs.ext4', ['-q', image])
  const trigger = join(testDirectory(), freshName('eio'))
  const server = await startDisk({
    plugin: 'file',
    filters: ['error'],
    parameters: { file: image, error: 'EIO', 'error-rate': '100%', 'error-file': trigger },
  })
  const [fuse, path] = [testDirectory(freshName('fuse')), testDirectory(freshName('eio-fs'))]
  const file = join(fuse, 'disk')
  const nbdfuse = spawn('nbdfuse', [file, server.uri.replace(/^nbd:unix:(.*)$/, 'nbd+unix:///?socket=$1')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  while (!existsSync(file)) await sleep(20)
  const device = system('losetup', '--find', '--show', file)
  system('mount', '-o', 'errors=continue', device, path)
  chmodSync(path, 0o700)
  return {
    path,
    fail(isFailing) {
      if (isFailing) writeFileSync(trigger, '')
      else rmSync(trigger, { force: true })
    },
    async [Symbol.asyncDispose]() {
      rmSync(trigger, { force: true })
      system('umount', '--lazy', path)
      system('losetup', '--detach', device)
      const ended = new Promise((resolve) => nbdfuse.once('exit', resolve))
      system('umount', '--lazy', fuse)
      await ended
      await server.stop()
    },
  }
}
