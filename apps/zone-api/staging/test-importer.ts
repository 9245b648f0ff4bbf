/** An importer over a database in a folder of its own, and zone files for it, for tests. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeRR, formatRR, parseName, zoneKeyOf } from '@zonecast/dns'
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { unpackRRs } from '@zonecast/zone'
import { openDatabase } from '../database/open-database.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'
import type { ImportRequest, ImportResult } from './import-request.ts'
import { Importer } from './importer.ts'
import { VersionReader } from './version-reader.ts'

export type Asked = Partial<Omit<ImportRequest, 'context'>> & { requestId?: string }

export type TestImporter = Awaited<ReturnType<typeof openTestImporter>>

export async function openTestImporter() {
  const folder = mkdtempSync(join(tmpdir(), 'importer-'))
  const failed = (error: Error) => assert.fail(error)
  const database = await openDatabase({ folder, log: silentLogger(), metrics: createMetrics('zone-api'), failed })
  const importer = new Importer({ database, folder: join(folder, 'tmp'), runOctets: 100_000 })
  let zones = 0
  return {
    folder,
    database,
    importer,
    newZone: () => `zone-${zones++}.example.`,
    requestFor,
    content: (zone: string) => contentOf(database, zone),
    async imported(zone: string, text: string, asked: Asked = {}): Promise<ImportResult> {
      const zoneImport = importer.open(requestFor(zone, asked))
      const bytes = Buffer.from(text, 'latin1')
      for (let at = 0; at < bytes.length; at += 10_000) await zoneImport.push(new Uint8Array(bytes.subarray(at, at + 10_000)))
      return zoneImport.finish(Promise.resolve())
    },
    async close() {
      await importer.close()
      await database.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function requestFor(zone: string, { requestId = '', ...asked }: Asked = {}): ImportRequest {
  const defaults = {
    format: 'zone-file',
    mode: 'replace',
    force: false,
    dryRun: false,
    overwrite: false,
    expectedVersion: 0n,
  } as const
  const context = { principal: 'tester', reason: 'a test', requestId, traceparent: '' }
  return {
    apex: parseName(zone),
    zone: zoneKeyOf(parseName(zone)),
    headerOctets: () => Buffer.from(zone),
    ...defaults,
    ...asked,
    context,
  }
}

async function contentOf(database: ZoneDatabase, zone: string): Promise<string[]> {
  const { header } = (await database.getZone(zone))!
  const reader = new VersionReader(database, { zone, state: header.state, partOctets: 50_000 })
  const rrs = [header.soa]
  for (;;) {
    const part = await reader.next()
    rrs.push(...part.packed.flatMap(unpackRRs))
    if (part.last) break
  }
  return rrs.map((stored) => formatRR(decodeRR(stored)))
}

export const soaLine = (serial: number) =>
  `@ 60 IN SOA ns1.example.net. hostmaster.example.net. ${serial} 3600 600 86400 300\n@ 60 IN NS ns1.example.net.\n`
export const hosts = (count: number, from = 0, value = 'v') =>
  Array.from(
    { length: count },
    (_, i) => `host-${(i * 7919) % count} 60 IN TXT "${value} ${from + ((i * 7919) % count)}"\n`,
  ).join('')
/** More than is worked up in the main thread, and enough for several runs. */
export const manyHosts = 5000

export const reasonsOf = ({ warnings }: ImportResult) => warnings.map(({ reason }) => reason)
export const errorsOf = ({ errors }: ImportResult) => errors.errors.map(({ line, reason }) => `${line} ${reason}`)
