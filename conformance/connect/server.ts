/** Our server factory as the suite starts it: settings on stdin, address on stdout, ended by SIGTERM. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRpcServer, defaultLimits, type Principal } from '@zonecast/rpc'
import { createLogger, createMetrics } from '@zonecast/runtime'
import { readMessages, writeMessage } from './pipe.ts'
import { ServerRequestSchema, ServerResponseSchema, serviceOf, suitePermission } from './schema.ts'
import { addConformanceService } from './service.ts'

/** The suite knows no credentials: whoever calls is this one, and passes the gate like anyone else. */
const caller: Principal = { name: 'suite', role: 'administrator', permissions: new Set([suitePermission]), grants: [] }

const { value: settings } = await readMessages(ServerRequestSchema).next()
if (!settings) throw new Error('the suite sent no settings')
const { useTls, serverCreds, clientTlsCert, messageReceiveLimit } = settings
const folder = mkdtempSync(join(tmpdir(), 'zonecast-connect-'))
const file = (name: string, octets: Uint8Array) => {
  writeFileSync(join(folder, name), octets, { mode: 0o600 })
  return join(folder, name)
}
const tls = useTls &&
  serverCreds && {
    certFile: file('server.crt', serverCreds.cert),
    keyFile: file('server.key', serverCreds.key),
    ...(clientTlsCert.length > 0 && { caFile: file('clients.crt', clientTlsCert) }),
  }
const server = createRpcServer({
  services: [serviceOf()],
  routes: addConformanceService,
  guard: { authenticate: () => caller, anonymous: caller },
  log: createLogger({ app: 'connect', level: 'error', destination: process.stderr }),
  compression: ['gzip', 'br'],
  metrics: createMetrics('connect'),
  limits: { readMaxBytes: messageReceiveLimit || defaultLimits.readMaxBytes },
  ...(tls && { tls }),
})
const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
rmSync(folder, { recursive: true })
writeMessage(ServerResponseSchema, { host: '127.0.0.1', port, ...(tls && serverCreds && { pemCert: serverCreds.cert }) })
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)))
