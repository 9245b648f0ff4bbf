/** Zones that ldns has signed and digested are verified when they are imported, and refused where one octet is another. */
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ImportOutcome, ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { importZone } from '../lib/zones.ts'

const plain = (zone: string) => `
${zone} 3600 IN SOA ns1.${zone} admin.${zone} 7 1800 900 604800 86400
${zone} 3600 IN NS ns1.${zone}
ns1.${zone} 3600 IN A 203.0.113.63
B.${zone} 3600 IN MX 10 Mail.${zone}
a.${zone} 3600 IN TXT "x"
*.w.${zone} 3600 IN TXT "y"
sub.${zone} 3600 IN NS ns.sub.${zone}
ns.sub.${zone} 3600 IN A 192.0.2.1
${Array.from({ length: 200 }, (_, i) => `host-${i}.${zone} 60 IN A 192.0.2.${i}`).join('\n')}
`
let system: System
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zonemd-'))
  system = await startSystem()
})
afterAll(async () => {
  await system?.close()
  rmSync(folder, { recursive: true })
})

function digested(zone: string, flags: readonly string[]): string {
  const run = (program: string, args: readonly string[]) => execFileSync(program, args, { cwd: folder, encoding: 'utf8' }).trim()
  writeFileSync(join(folder, 'plain'), plain(zone))
  const keys = flags.includes('-Z') ? [] : [run('ldns-keygen', ['-a', 'ECDSAP256SHA256', zone])]
  run('ldns-signzone', [...flags, '-f', 'out', 'plain', ...keys])
  return readFileSync(join(folder, 'out'), 'utf8')
}

const take = (zone: string, text: string): Promise<ImportOutcome> => importZone(system.client(ZoneService), { zone }, text)

for (const { name, zone, flags } of [
  { name: 'an unsigned zone', zone: 'plain.example.', flags: ['-Z', '-z', '1:1'] },
  { name: 'a zone with NSEC', zone: 'nsec.example.', flags: ['-z', '1:2'] },
  { name: 'a zone with NSEC3 and two digests', zone: 'nsec3.example.', flags: ['-n', '-s', 'abcd', '-z', '1:1', '-z', '1:2'] },
]) {
  test(`${name} is verified`, async () => {
    const text = digested(zone, flags)
    const altered = await take(zone, text.replace('203.0.113.63', '203.0.113.62'))
    assert.deepEqual(
      altered.errors.map(({ reason }) => reason),
      ['ZONEMD_INVALID'],
    )
    const line = text.split('\n')[altered.errors[0]!.line - 1]
    assert.match(line ?? '', /\tZONEMD\t/)
    const taken = await take(zone, text)
    assert.deepEqual([taken.code, taken.errors.length], [0, 0], JSON.stringify(taken.errors))
    assert.ok(!taken.warnings.some(({ reason }) => reason.startsWith('ZONEMD')))
  })
}
