/** What can be wrong with a step of a change set. */
import { formatName, maxTtl, type Name, typeToText } from '@zonecast/dns'
import type { Problem } from './problem.ts'

const subjectOf = (owner: Name, type: number): string => `${formatName(owner)} ${typeToText(type)}`

export const noValues = (owner: Name, type: number, kind: string): Problem => ({
  reason: 'RDATA_INVALID',
  subject: subjectOf(owner, type),
  message: `${kind} of ${subjectOf(owner, type)} gives no values; give at least one, or use delete to remove the RRset`,
})

export const ttlInvalid = (owner: Name, type: number, ttl: number): Problem => ({
  reason: 'TTL_INVALID',
  subject: subjectOf(owner, type),
  message: `the TTL ${ttl} of ${subjectOf(owner, type)} is not from 0 to ${maxTtl}`,
  rfc: 'RFC 2181 §8',
})

export const rdataInvalid = (owner: Name, type: number, cause: string): Problem => ({
  reason: 'RDATA_INVALID',
  subject: subjectOf(owner, type),
  message: `a value of ${subjectOf(owner, type)} is malformed: ${cause}`,
})

export const contradiction = (owner: Name, type: number): Problem => ({
  reason: 'CHANGES_CONTRADICT',
  subject: subjectOf(owner, type),
  message: `${subjectOf(owner, type)} was put to something else by an earlier change of this set; leave one of the two out`,
})
