import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { probeNbd } from '../../../../src/volumes/nbd-probe.ts'
import { removeSocket } from '../../../../src/volumes/server/run.ts'

vi.mock('../../../../src/volumes/nbd-probe.ts', { spy: true })

function place(): { readonly path: string; readonly other: string } {
  const directory = mkdtempSync(join(tmpdir(), 'socket-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return { path: join(directory, 's'), other: join(directory, 'o') }
}

async function listenAt(path: string, other: string) {
  const server = createServer().listen(other)
  await new Promise((resolve) => server.once('listening', resolve))
  renameSync(other, path)
  const close = () => new Promise((resolve) => server.close(resolve))
  return { close }
}

test('a socket that a server has left is removed', async () => {
  const { path, other } = place()
  await (await listenAt(path, other)).close()
  expect(existsSync(path)).toBe(true)
  await removeSocket({ type: 'unix', path, export: '' })
  expect(existsSync(path)).toBe(false)
})

test('a server that comes to the address while the one before it is cleared away keeps its socket', async () => {
  const { path, other } = place()
  await (await listenAt(path, other)).close()
  const { probeNbd: probe } = await vi.importActual<{ probeNbd: typeof probeNbd }>(
    '../../../../src/volumes/nbd-probe.ts',
  )
  vi.mocked(probeNbd).mockImplementationOnce(async (...given) => {
    const [answer] = await Promise.allSettled([probe(...given)])
    const { close } = await listenAt(path, other)
    onTestFinished(async () => void (await close()))
    return answer.status === 'fulfilled' ? answer.value : Promise.reject(answer.reason)
  })
  await removeSocket({ type: 'unix', path, export: '' })
  expect(existsSync(path)).toBe(true)
})
