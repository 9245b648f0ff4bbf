/** What h2spec is held against: node:http2 as it comes, with a handler that answers everything. */
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'

export async function startPlainServer(): Promise<{ port: number; close(): void }> {
  const server = createServer((request, response) => {
    request.resume()
    response.end('ok\n')
  })
  server.on('session', (session) => session.on('error', () => session.destroy()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() }
}
