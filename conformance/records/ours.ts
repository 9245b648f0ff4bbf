/** Our own verdict: the zone file's reader, then the rules of a whole zone, as an import applies them. */
import { decodeRR, encodeHex, encodeRR, formatName, parseName, type RR, ZoneFileParser } from '@zonecast/dns'
import { compareStored, ZoneChecker } from '@zonecast/zone'
import type { Verdict } from './verdict.ts'

export const apex = parseName('example.com.')

/** Octets of the text are taken as they are, one a character. */
export function judgeOurselves(text: string): Verdict {
  const rrs: RR[] = []
  const errors: string[] = []
  const parser = new ZoneFileParser({ origin: apex })
  const take = (item: Parameters<Parameters<ZoneFileParser['push']>[1]>[0]) => {
    if (item.kind === 'rr') rrs.push(item.rr)
    else errors.push(item.kind === 'error' ? `${item.error.line}: ${item.error.rule}` : `$INCLUDE ${item.path} is not followed`)
  }
  parser.push(Buffer.from(text, 'latin1'), take)
  parser.end(take)
  if (errors.length > 0) return { message: errors.join('; ') }
  const kept: RR[] = []
  const checker = new ZoneChecker({ apex, emit: (stored) => kept.push(decodeRR(stored)) })
  for (const stored of rrs.map(encodeRR).toSorted(compareStored)) checker.push(stored)
  const { violations, soa } = checker.end()
  if (violations.length > 0) return { message: violations.map(({ message }) => message).join('; ') }
  if (soa !== undefined) kept.push(soa)
  return {
    rrs: kept.map(({ owner, ttl, type, rdata }) => ({ owner: formatName(owner), ttl, type, rdata: encodeHex(rdata) })),
    message: '',
  }
}
