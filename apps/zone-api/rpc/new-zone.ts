/** The first content of a zone: SOA and NS. */
import type { ZoneDefaults } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import { asSerial, encodeRR, encodeSOA, type Name, NameError, parseName, TYPE, type Violation } from '@zonecast/dns'
import { invalidRequest } from '@zonecast/rpc'
import { absoluteName } from './zone-messages.ts'

/** Seconds that secondaries wait, and the TTL of negative answers (RFC 1912 §2.2, RFC 2308 §5). */
export const timers = { refresh: 14_400, retry: 3600, expire: 1_209_600, minimum: 300 }

/** What a zone begins with, of names that have been looked at. `ttl` is that of the first RRs, in seconds. */
export function newZoneContent(
  apex: Name,
  { soa, nameServers }: ZoneDefaults,
  ttl: number,
): { soa: Uint8Array; rrs: Uint8Array[] } {
  const targets = nameServers.map((text, i) => absoluteName(text, `name_servers[${i}]`))
  const [first] = targets
  if (first === undefined) throw invalidRequest([noNameServers])
  const soaFields = {
    mname: soa?.mname ? absoluteName(soa.mname, 'soa.mname') : first,
    rname: soa?.rname ? absoluteName(soa.rname, 'soa.rname') : hostmaster(apex),
    serial: asSerial(1),
    refresh: soa?.refreshSeconds ?? timers.refresh,
    retry: soa?.retrySeconds ?? timers.retry,
    expire: soa?.expireSeconds ?? timers.expire,
    minimum: soa?.minimumSeconds ?? timers.minimum,
  }
  return {
    soa: encodeRR({ owner: apex, type: TYPE.SOA, ttl, rdata: encodeSOA(soaFields) }),
    rrs: targets.map((rdata) => encodeRR({ owner: apex, type: TYPE.NS, ttl, rdata })),
  }
}

export const noNameServers: Violation = {
  field: 'name_servers',
  reason: 'APEX_NS_MISSING',
  subject: '@',
  message: 'no name server is named, neither here nor by a template or the server: name one or more',
  rfc: 'RFC 1035 §5.2',
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
