/** One server as a process of its own, `with` the guard of the zone API or `without` any; prints its port. */
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcServer, type Guard, principalOfRole } from '@zonecast/rpc'
import { createLogger, createMetrics } from '@zonecast/runtime'
import { getZone } from '../unary/work.ts'
import { benchGuard } from './guard.ts'

const [kind, certFile, keyFile, caFile] = process.argv.slice(2)
const anybody = principalOfRole('bench', 'administrator')
const without: Guard = { authenticate: () => anybody, anonymous: anybody }
const server = createRpcServer({
  services: [ZoneService],
  guard: kind === 'with' ? await benchGuard() : without,
  log: createLogger({ app: 'bench', level: 'error' }),
  metrics: createMetrics('bench'),
  routes: (router) => void router.service(ZoneService, { getZone }),
  ...(certFile && keyFile && caFile && { tls: { certFile, keyFile, caFile } }),
})
console.log((await server.listen({ host: '127.0.0.1', port: 0 })).port)
