/** zonectl as a process of its own, as the administrator of a system. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programFlags } from '@zonecast/runtime'
import { inherited } from '../lib/inherited.ts'
import type { System } from '../lib/system.ts'

const workspace = fileURLToPath(new URL('../..', import.meta.url))

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

export function zonectl({ folder, tls, sealKeyFile, url }: System, ...words: readonly string[]): Promise<Said> {
  const env = {
    ...inherited(),
    ZONECAST_DATA: join(folder, 'none'),
    ZONECAST_SEAL_KEY_FILE: sealKeyFile,
    ZONECAST_SERVER: url('zone-api'),
    ZONECAST_TOKEN_FILE: join(folder, 'administrator.token'),
    ...(tls && { ZONECAST_CA: tls.caFile, ZONECAST_CLIENT_CERT_FILE: tls.certFile, ZONECAST_CLIENT_KEY_FILE: tls.keyFile }),
  }
  return new Promise((resolve) => {
    const args = [...programFlags, 'apps/zonectl/main.ts', ...words]
    execFile(process.execPath, args, { cwd: workspace, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
    )
  })
}
