/** A nats-server with JetStream on a free port, and a proxy before it that can cut a node off. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Nats extends AsyncDisposable {
  readonly port: number
}

/** @throws when it does not say that it listens. */
export async function startNats(directory: string): Promise<Nats> {
  const script = fileURLToPath(new URL('../../test/support/nats-server.sh', import.meta.url))
  const { status, stdout, stderr } = spawnSync('bash', [script], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${script} failed: ${stderr}`)
  const child = spawn(stdout.trim(), ['-a', '127.0.0.1', '-p', '-1', '-js', '-sd', directory], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let port = 0
  let said = ''
  for await (const line of createInterface({ input: child.stderr })) {
    said += `${line}\n`
    port ||= Number(/client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? 0)
    if (line.includes('Server is ready')) break
  }
  if (port === 0) throw new Error(`nats-server did not start: ${said}`)
  child.stderr.resume()
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

export interface NatsProxy extends Disposable {
  readonly url: string
  /** Breaks what is connected and lets nobody through until it is undone. */
  cut(isCut: boolean): void
}

export async function startProxy(target: number): Promise<NatsProxy> {
  const sockets = new Set<Socket>()
  let isCut = false
  const proxy = createServer((client) => {
    if (isCut) {
      client.destroy()
      return
    }
    const server = connect(target, '127.0.0.1')
    client.pipe(server).pipe(client)
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  const address = proxy.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const cut = (next: boolean) => {
    isCut = next
    if (isCut) for (const socket of sockets) socket.destroy()
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    cut,
    [Symbol.dispose]() {
      cut(true)
      proxy.close()
    },
  }
}
