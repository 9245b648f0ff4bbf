/** Two servers in one process, of which one lets everybody in; prints their ports, and tells its time on a core when asked. */
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcServer, type Guard, principalOfRole, type RpcServerOptions } from '@zonecast/rpc'
import { createLogger, createMetrics } from '@zonecast/runtime'
import { getZone } from '../unary/work.ts'
import { benchGuard } from './guard.ts'
import { openZones } from './zones.ts'

type Served = Pick<RpcServerOptions, 'services' | 'guard' | 'routes'>

const [kind, certFile, keyFile, caFile] = process.argv.slice(2)
const anybody = principalOfRole('bench', 'administrator')
const everybody: Guard = { authenticate: () => anybody, anonymous: anybody }
const log = createLogger({ app: 'bench', level: 'error' })
const served: Served = kind === 'zones' ? await openZones(log) : await answersAtOnce()

process.on('message', () => process.send!(process.cpuUsage()))
process.on('disconnect', () => process.exit())
console.log(`${await listen(everybody)} ${await listen(served.guard)}`)

async function answersAtOnce(): Promise<Served> {
  const routes: Served['routes'] = (router) => void router.service(ZoneService, { getZone })
  return { services: [ZoneService], guard: await benchGuard(), routes }
}

async function listen(guard: Guard): Promise<number> {
  const server = createRpcServer({
    ...served,
    guard,
    log,
    metrics: createMetrics('bench'),
    ...(certFile && keyFile && caFile && { tls: { certFile, keyFile, caFile } }),
  })
  return (await server.listen({ host: '127.0.0.1', port: 0 })).port
}
