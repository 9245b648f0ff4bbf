/** Whether every live zone of a database has the content that its digest says. */
import { DigestSum } from '@zonecast/zone'
import { sha256 } from '@zonecast/runtime/hashes'
import type { Kysely } from 'kysely'
import type { Tables } from '../schema.ts'
import { BackupDamaged, type Counts } from './backup-file.ts'

const zonesAtOnce = 500
const pagesAtOnce = 64

/** Counts what is there, and throws at the first zone whose pages are not those of its digest. */
export async function checkZones(db: Kysely<Tables>): Promise<Omit<Counts, 'rows'>> {
  const counts = { zones: 0, tombstones: 0, records: 0 }
  for (let after = 0; ;) {
    const zones = await db
      .selectFrom('zones')
      .select(['number', 'zone_key', 'content', 'digest', 'deleted', 'soa', 'settings', 'rr_count'])
      .where('number', '>', after)
      .orderBy('number')
      .limit(zonesAtOnce)
      .execute()
    for (const zone of zones) {
      if (zone.deleted) counts.tombstones++
      else {
        await checkZone(db, zone)
        counts.zones++
        counts.records += zone.rr_count
      }
    }
    const last = zones.at(-1)
    if (last === undefined) return counts
    after = last.number
  }
}

interface Checked {
  readonly zone_key: string
  readonly content: number
  readonly digest: Uint8Array
  readonly soa: Uint8Array
  readonly settings: Uint8Array
}

async function checkZone(db: Kysely<Tables>, { zone_key: name, content, digest, soa, settings }: Checked): Promise<void> {
  const sum = new DigestSum(sha256)
  sum.add(soa)
  sum.addSettings(settings)
  let after = new Uint8Array()
  for (let first = true; ; first = false) {
    const pages = await db
      .selectFrom('pages')
      .select(['key', 'page'])
      .where('content', '=', content)
      .where('key', first ? '>=' : '>', after)
      .orderBy('key')
      .limit(pagesAtOnce)
      .execute()
    for (const { page } of pages) sum.addPage(page)
    if (pages.length < pagesAtOnce) break
    after = new Uint8Array(pages.at(-1)!.key)
  }
  if (Buffer.compare(sum.bytes(), digest) !== 0)
    throw new BackupDamaged(`${name} has another content than its digest says; the zone is damaged`)
}
