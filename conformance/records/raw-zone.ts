/** The raw zone format of named-compilezone: RRs in wire format, with no text in between. */
import { formatName, u16At, u32At } from '@zonecast/dns'
import type { WireRecord } from './verdict.ts'

const rawFormat = 2
/** Format, version, time of the dump, flags, source serial, time of the last transfer. */
const headerOctets = 24
/** Length of the RRset, class, type, type covered, TTL, number of RRs. */
const rrsetOctets = 18

/** The RRs of a file of version 1; throws where it is cut or of another format. */
export function readRawZone(bytes: Uint8Array): WireRecord[] {
  if (u32At(bytes, 0) !== rawFormat || u32At(bytes, 4) !== 1) throw new Error('not a raw zone file of version 1')
  const records: WireRecord[] = []
  for (let at = headerOctets; at < bytes.length; at += u32At(bytes, at)) {
    if (at + u32At(bytes, at) > bytes.length || u32At(bytes, at) < rrsetOctets) throw new Error('the raw zone file is cut')
    readRRset(bytes, at, records)
  }
  return records
}

function readRRset(bytes: Uint8Array, start: number, records: WireRecord[]): void {
  const [type, ttl, count] = [u16At(bytes, start + 6), u32At(bytes, start + 10), u32At(bytes, start + 14)]
  const nameEnd = start + rrsetOctets + 2 + u16At(bytes, start + rrsetOctets)
  const owner = formatName(bytes.subarray(start + rrsetOctets + 2, nameEnd))
  let at = nameEnd
  for (let i = 0; i < count; i++) {
    const end = at + 2 + u16At(bytes, at)
    records.push({
      owner,
      ttl,
      type,
      rdata: Buffer.from(bytes.subarray(at + 2, end))
        .toString('hex')
        .toUpperCase(),
    })
    at = end
  }
}
