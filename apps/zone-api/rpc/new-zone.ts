/** The first content of a zone: SOA and NS. */
import { asSerial, encodeRR, encodeSOA, formatName, labelCount, type Name, NameError, parseName, TYPE } from '@zonecast/dns'
import { invalidRequest } from '@zonecast/rpc'
import { absoluteName } from './zone-messages.ts'

export interface NewZone {
  readonly apex: Name
  readonly nameServers: readonly string[]
  /** Empty means `hostmaster` in the zone. */
  readonly rname: string
  /** TTL of the first RRs, in seconds. */
  readonly ttl: number
}

/** Seconds that secondaries wait, and the TTL of negative answers (RFC 1912 §2.2, RFC 2308 §5). */
const timers = { refresh: 14_400, retry: 3600, expire: 1_209_600, minimum: 300 }

export function newZoneContent({ apex, nameServers, rname, ttl }: NewZone): { soa: Uint8Array; rrs: Uint8Array[] } {
  const targets = nameServers.map((text, i) => hostName(text, `name_servers[${i}]`, apex))
  const mailbox = rname === '' ? hostmaster(apex) : absoluteName(rname, 'rname')
  const soaFields = { mname: targets[0]!, rname: mailbox, serial: asSerial(1), ...timers }
  return {
    soa: encodeRR({ owner: apex, type: TYPE.SOA, ttl, rdata: encodeSOA(soaFields) }),
    rrs: targets.map((rdata) => encodeRR({ owner: apex, type: TYPE.NS, ttl, rdata })),
  }
}

/** A single label is most likely meant relative to the zone, which these names are not. */
function hostName(text: string, field: string, apex: Name): Name {
  const name = absoluteName(text, field)
  if (labelCount(name) > 1 || text.endsWith('.')) return name
  const message = `${text} is relative, and name servers are named in full: write ${text}.${formatName(apex)} if that is meant`
  throw invalidRequest([{ field, reason: 'NAME_INVALID', subject: text, message }])
}

function hostmaster(apex: Name): Name {
  try {
    return parseName('hostmaster', apex)
  } catch (error) {
    if (!(error instanceof NameError)) throw error
    throw invalidRequest([
      { field: 'rname', reason: 'NAME_INVALID', message: 'hostmaster does not fit in front of the apex; give an RNAME' },
    ])
  }
}
