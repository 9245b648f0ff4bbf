/** zonectl as a process of its own, as the administrator of a system. */
import { join } from 'node:path'
import { command, type Ended } from '../lib/command.ts'
import type { System } from '../lib/system.ts'

export function zonectl({ folder, tls, sealKeyFile, url }: System, ...words: readonly string[]): Promise<Ended> {
  return command(['apps/zonectl/main.ts', ...words], {
    ZONECAST_DATA: join(folder, 'none'),
    ZONECAST_SEAL_KEY_FILE: sealKeyFile,
    ZONECAST_SERVER: url('zone-api'),
    ZONECAST_TOKEN_FILE: join(folder, 'administrator.token'),
    ...(tls && { ZONECAST_CA: tls.caFile, ZONECAST_CLIENT_CERT_FILE: tls.certFile, ZONECAST_CLIENT_KEY_FILE: tls.keyFile }),
  })
}
