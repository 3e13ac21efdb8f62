import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UsageError } from './outcome.ts'

export interface ServeOptions {
  /** Ends the server. */
  readonly signal: AbortSignal
  readonly onListening: (url: string) => void
}

const path = '/metrics'

/**
 * Answers `GET /metrics` with what `sample` gives, until the signal. Requests that come while it looks share one look.
 * @throws UsageError for an address that is none; what the system says when it cannot listen there.
 */
export async function serveMetrics(
  address: string,
  sample: () => Promise<string>,
  { onListening, signal }: ServeOptions,
): Promise<void> {
  const { host, port } = parseAddress(address)
  let looking: Promise<string> | undefined
  const look = () => {
    looking ??= sample().finally(() => {
      looking = undefined
    })
    return looking
  }
  const server = createServer((request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (!isRead || request.url?.split('?')[0] !== path) {
      response.writeHead(isRead ? 404 : 405).end()
      return
    }
    look().then(
      (text) =>
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
      (error: Error) => response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error.message}\n`),
    )
  })
  server.listen({ host, port })
  await once(server, 'listening')
  const bound = server.address() as AddressInfo
  const shownHost = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  onListening(`http://${shownHost}:${bound.port}${path}`)
  if (!signal.aborted) await once(signal, 'abort')
  server.close()
  server.closeAllConnections()
}

/** `host:port`, with brackets around an IPv6 address. */
function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const [, v6, name, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(address) ?? []
  const host = v6 ?? name
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) }
  throw new UsageError(
    `--listen ${address}: should be host:port, such as 127.0.0.1:9177; port 0 is a free one`,
  )
}
