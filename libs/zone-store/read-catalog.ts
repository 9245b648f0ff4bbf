/** Reads the records of all zones at start. */
import type { Logger } from '@zonecast/runtime'
import { Catalog } from './catalog.ts'
import { decodeZone, zoneRange } from './layout.ts'
import { readMarks, restartPuts, shardCount } from './marks.ts'
import { durably, type Database } from './page-reader.ts'
import { put, StoreDamage, unseal } from './seal.ts'

/**
 * A record that was altered on disk is taken out: nobody can tell whose it was, or what it fenced. All shards then begin at position 0, so
 * that the publishers list what there is, and the zone comes again.
 */
export async function readCatalog(database: Database, log: Logger): Promise<Catalog> {
  const catalog = new Catalog()
  const damaged: Uint8Array[] = []
  for (const { key, value } of database.getRange(zoneRange)) {
    try {
      catalog.set(decodeZone(unseal(key, value as Buffer)))
    } catch (error) {
      if (!(error instanceof StoreDamage)) throw error
      damaged.push(Uint8Array.from(key))
    }
  }
  if (damaged.length === 0) return catalog
  log.error({ records: damaged.length }, 'records of zones were altered on disk; everything is listed anew')
  await durably(database, () => {
    for (const key of damaged) database.remove(key)
    const shards = Array.from({ length: shardCount }, (_, shard) => shard)
    for (const { key, value } of restartPuts(database, readMarks(database), shards)) put(database, key, value)
  })
  return catalog
}
