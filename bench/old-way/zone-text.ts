/** Zone files to the records that the old API keeps. */
import { formatName, formatRDATA, parseName, readZoneFile, typeToText } from '@zonecast/dns'
import type { RecordJson } from './contract.ts'
import { nextTurn } from './program.ts'

const batchRecords = 5_000

/** The records of a zone file in batches; throws at the first error. */
export async function* readRecords(zone: string, text: Uint8Array): AsyncGenerator<RecordJson[]> {
  let batch: RecordJson[] = []
  for await (const item of readZoneFile([text], { origin: parseName(zone) })) {
    if (item.kind === 'error') throw new Error(`line ${item.error.line}: ${item.error.rule}`)
    if (item.kind !== 'rr') continue
    const { owner, type, ttl, rdata } = item.rr
    batch.push({ name: formatName(owner).toLowerCase(), type: typeToText(type), ttl, data: formatRDATA(type, rdata) })
    if (batch.length < batchRecords) continue
    yield batch
    batch = []
    await nextTurn()
  }
  yield batch
}
