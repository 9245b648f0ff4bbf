/** The zone API's own services over a database with one zone, and its guard, which looks into that database. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { RpcServerOptions } from '@zonecast/rpc'
import { createMetrics, type Logger, systemClock } from '@zonecast/runtime'
import { AccessWatch } from '@zonecast/zone-api/access/access-watch.ts'
import { CredentialUses } from '@zonecast/zone-api/access/credential-uses.ts'
import { PasswordChecks } from '@zonecast/zone-api/access/password-checks.ts'
import { openDatabase } from '@zonecast/zone-api/database/open-database.ts'
import { Traces } from '@zonecast/zone-api/progress/traces.ts'
import { Credentials } from '@zonecast/zone-api/rpc/credentials.ts'
import { recordService } from '@zonecast/zone-api/rpc/record-service.ts'
import { serverDefaults } from '@zonecast/zone-api/rpc/zone-defaults.ts'
import { zoneService } from '@zonecast/zone-api/rpc/zone-service.ts'
import { Importer } from '@zonecast/zone-api/staging/importer.ts'
import { token } from './guard.ts'

export async function openZones(log: Logger): Promise<Pick<RpcServerOptions, 'services' | 'guard' | 'routes'>> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-auth-zones-'))
  process.on('exit', () => rmSync(folder, { recursive: true }))
  const [clock, metrics] = [systemClock, createMetrics('bench')]
  const failed = (error: Error) => {
    throw error
  }
  const database = await openDatabase({ folder, log, metrics, failed })
  const sha256 = new Uint8Array(createHash('sha256').update(token).digest())
  await database.bootstrapCredentials([{ principal: 'bench', role: 'administrator', sha256, edgeId: '', placements: [] }])
  const watch = new AccessWatch({ database, clock })
  const uses = new CredentialUses({ database, clock, log })
  const importer = new Importer({ database, folder: join(folder, 'tmp') })
  return {
    services: [ZoneService, RecordService],
    guard: new Credentials({ database, clock, watch, passwords: new PasswordChecks(), uses }),
    routes(router) {
      const defaults = serverDefaults()
      router.service(ZoneService, zoneService({ database, importer, defaults, ownersChanged: () => watch.changed() }))
      router.service(RecordService, recordService({ database, metrics, traces: new Traces() }))
    },
  }
}
