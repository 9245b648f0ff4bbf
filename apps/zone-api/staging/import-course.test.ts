/** Imports that are given up, and zones that move while they are imported or read. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { decodeRR, formatRR } from '@zonecast/dns'
import { unpackRRs } from '@zonecast/zone'
import { afterAll, beforeAll, test } from 'vitest'
import { Importer } from './importer.ts'
import { hosts, manyHosts, openTestImporter, soaLine, type TestImporter } from './test-importer.ts'
import { VersionReader } from './version-reader.ts'

let staging: TestImporter
beforeAll(async () => {
  staging = await openTestImporter()
})
afterAll(() => staging.close())

test('an import that is given up leaves no file and no zone', async () => {
  const zone = staging.newZone()
  const zoneImport = staging.importer.open(staging.requestFor(zone))
  const text = Buffer.from(soaLine(1) + hosts(3 * manyHosts))
  for (let at = 0; at < text.length; at += 50_000) await zoneImport.push(new Uint8Array(text.subarray(at, at + 50_000)))
  await zoneImport.abort()
  assert.deepEqual(readdirSync(join(staging.folder, 'tmp')), [])
  assert.equal(await staging.database.headOf(zone), undefined)
})

test('what an earlier run left in the folder is swept at start', () => {
  const old = join(staging.folder, 'swept')
  mkdirSync(join(old, 'import'), { recursive: true })
  writeFileSync(join(old, 'import', 'run-0'), 'x')
  assert.ok(new Importer({ database: staging.database, folder: old }))
  assert.deepEqual(readdirSync(old), [])
})

test('a zone that moves during its import is not overwritten unless that is asked for', async () => {
  const zone = staging.newZone()
  await staging.imported(zone, soaLine(1) + hosts(30))
  const zoneImport = staging.importer.open(staging.requestFor(zone))
  const overwriting = staging.importer.open(staging.requestFor(zone, { overwrite: true }))
  for (const each of [zoneImport, overwriting]) await each.push(new Uint8Array(Buffer.from(soaLine(20) + hosts(30, 1))))
  const moved = await zoneImport.finish(staging.imported(zone, soaLine(2) + hosts(30, 2)))
  // The zone is looked at after what comes before, so this import sees the newest version.
  assert.equal(moved.code, 0)
  const over = await overwriting.finish(Promise.resolve())
  assert.equal(over.code, 0)
})

test('a version is read to its end while the zone moves on', async () => {
  const zone = staging.newZone()
  await staging.imported(zone, soaLine(1) + hosts(manyHosts))
  const expected = (await staging.content(zone)).slice(1)
  const { header } = (await staging.database.getZone(zone))!
  const reader = new VersionReader(staging.database, { zone, state: header.state, partOctets: 20_000 })
  const read: string[] = []
  for (let step = 0; ; step++) {
    const part = await reader.next()
    read.push(...part.packed.flatMap(unpackRRs).map((stored) => formatRR(decodeRR(stored))))
    if (part.last) break
    if (step > 20) continue
    const text = `host-${step * 200} 60 IN TXT "moved"\nnew-${step} 60 IN A 192.0.2.1\n@ 60 IN MX ${step} mx.example.\n`
    assert.equal((await staging.imported(zone, text, { mode: 'merge' })).code, 0)
  }
  assert.ok((await staging.database.headOf(zone))!.state.version > 5n)
  assert.deepEqual(read, expected)
})

test('a zone that was replaced while it was read ends the reading', async () => {
  const zone = staging.newZone()
  await staging.imported(zone, soaLine(1) + hosts(manyHosts))
  const { header } = (await staging.database.getZone(zone))!
  const reader = new VersionReader(staging.database, { zone, state: header.state, partOctets: 20_000 })
  await reader.next()
  await staging.imported(zone, soaLine(2), { force: true })
  await assert.rejects(reader.next(), { code: Code.Aborted })
})
