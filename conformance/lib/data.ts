/** Real and generated zones for the suites. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const folder = process.env['ZONECAST_TEST_DATA'] || '../shared/data'

function pathOf(name: string): string {
  const path = join(folder, name)
  if (existsSync(path)) return path
  throw new Error(
    `${path} is missing. Put test data there, or name its folder in ZONECAST_TEST_DATA; ` +
      'a root zone is had by `dig @lax.xfr.dns.icann.org . axfr | gzip` (CONTRIBUTING.md)',
  )
}

/** IANA's root zone as published on a day: `20260822`, or `20201019-signed`. */
export function rootZone(day: string): Buffer {
  return gunzipSync(readFileSync(pathOf(`root-${day}.zone.gz`)))
}

/** A zone file of `records` records; the last is `zz-last A 192.0.2.254`, `www` is A 192.0.2.1, and the serial is 1. */
export function generatedZone(origin: string, records: number): Buffer {
  const run = spawnSync('python3', [pathOf('gen_zone.py'), origin, String(records)], { maxBuffer: 1 << 30 })
  if (run.status !== 0) throw new Error(`gen_zone.py: ${run.stderr.toString()}`)
  return run.stdout
}
