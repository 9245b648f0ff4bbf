/** rndc: BIND takes zones that are added to its configuration. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const secret = Buffer.from('a key that only this machine sees').toString('base64')

export const controlConfig = (port: number): string => `key "bench" { algorithm hmac-sha256; secret "${secret}"; };
controls { inet 127.0.0.1 port ${port} allow { 127.0.0.1; } keys { "bench"; }; };
`

/** Writes the client's configuration, and gives what runs a command. */
export function controller(folder: string, port: number): (...command: string[]) => Promise<void> {
  const file = join(folder, 'rndc.conf')
  writeFileSync(
    file,
    `key "bench" { algorithm hmac-sha256; secret "${secret}"; };\noptions { default-key "bench"; default-server 127.0.0.1; default-port ${port}; };\n`,
  )
  return async (...command) => void (await run('rndc', ['-c', file, ...command], { timeout: 120_000 }))
}
