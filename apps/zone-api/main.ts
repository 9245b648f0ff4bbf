/** The zone API: takes changes to zones, keeps them, and says how far they have come. */
import { limitsOf, serverTLS } from '@zonecast/rpc'
import { runApp } from '@zonecast/runtime'
import { configuredDefaults, configuredQuotas, postgresAddress, readConfig } from './config.ts'
import { startZoneApi } from './zone-api.ts'

const dayMs = 24 * 3_600_000

const [command, verb = '', ...args] = process.argv.slice(2)
if (command === 'db') {
  const { databaseCommand } = await import('./database-command.ts')
  await databaseCommand(verb, args)
} else
  await runApp({
    name: 'zone-api',
    async start({ log, metrics, fail }) {
      const config = readConfig()
      const { data, listenHost, port, healthPort, bootstrapFile, sealKeyFile, allowInsecure, corsOrigins, kafka } = config
      const api = await startZoneApi({
        data,
        postgres: postgresAddress(config),
        host: listenHost,
        port,
        healthPort,
        bootstrapFile,
        tls: serverTLS(config),
        sealKeyFile,
        allowInsecure,
        corsOrigins,
        limits: limitsOf(config.limit),
        quotas: configuredQuotas(config),
        retention: { versions: config.historyVersions, ms: config.historyDays * dayMs },
        zoneDefaults: configuredDefaults(config),
        ...(kafka.brokers.length > 0 && { kafka }),
        log,
        metrics,
        failed: fail,
      })
      log.info({ url: api.url, data }, 'listening')
      return {
        ready: { url: api.url, port: api.port, ...(api.healthPort && { healthPort: api.healthPort }) },
        close: () => api.close(),
      }
    },
  })
