/** Names that a zone is made with, in its SOA and NS: what is wrong with them. */
import type { ZoneDefaults } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import { formatName, labelCount, type Name, type Violation } from '@zonecast/dns'
import { isIP } from 'node:net'
import { readName } from './zone-messages.ts'

/** Of all names at once. Without an apex they are those of a template. */
export function nameViolations({ soa, nameServers }: ZoneDefaults, path: string, apex?: Name): Violation[] {
  const found = [
    ...nameServers.map((text, index) => hostViolation(text, `${path}name_servers[${index}]`, apex)),
    soa?.mname ? hostViolation(soa.mname, `${path}soa.mname`, apex) : undefined,
    soa?.rname ? mailboxViolation(soa.rname, `${path}soa.rname`) : undefined,
  ]
  return found.filter((violation) => violation !== undefined)
}

function hostViolation(text: string, field: string, apex: Name | undefined): Violation | undefined {
  if (isIP(text.replace(/\.$/, '')) > 0)
    return invalid(text, field, `${text} is an address; name the server, and give that name an A or AAAA`, 'RFC 1035 §3.3.11')
  const name = readName(text, field)
  // A single label is most likely meant relative to the zone, which these names are not.
  if ('reason' in name || apex === undefined || labelCount(name) > 1 || text.endsWith('.')) return violationIn(name)
  const message = `${text} is relative, and name servers are named in full: write ${text}.${formatName(apex)} if that is meant`
  return invalid(text, field, message)
}

/** A mail address is a name here, and its first label is what stands before the @. */
function mailboxViolation(text: string, field: string): Violation | undefined {
  const [, local, domain] = /^([^@\\"]+)@([^@\\"]+?)\.?$/.exec(text) ?? []
  if (local === undefined) return violationIn(readName(text, field))
  const meant = `${local.replaceAll('.', '\\.')}.${domain}.`
  return invalid(text, field, `${text} is a mail address, and RNAME is a name: write ${meant}`, 'RFC 1035 §8')
}

function violationIn(read: Name | Violation): Violation | undefined {
  return 'reason' in read ? read : undefined
}

function invalid(subject: string, field: string, message: string, rfc?: string): Violation {
  return { field, reason: 'NAME_INVALID', subject, message, ...(rfc !== undefined && { rfc }) }
}
