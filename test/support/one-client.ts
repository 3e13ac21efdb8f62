import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { isListening } from './qemu.ts'
import { blankFile, freshName, testDirectory } from './vm.ts'

/** A server of a file that lets in one client at a time; `start` again when it has ended. */
export function oneClientDisk(file = blankFile(16)): { uri: string; start: () => Promise<ChildProcess> } {
  const socket = join(testDirectory(), `${freshName('o')}.sock`)
  const start = async () => {
    rmSync(socket, { force: true })
    const words = ['--persistent', '-f', 'raw', '-k', socket, file]
    const server = spawn('qemu-nbd', words, { stdio: 'ignore' })
    onTestFinished(() => void server.kill())
    // To connect would be to be its one client.
    await expect.poll(() => isListening(socket)).toBe(true)
    return server
  }
  return { uri: `nbd:unix:${socket}`, start }
}
