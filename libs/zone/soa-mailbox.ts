/** The mailbox in a SOA, which is a name and no mail address. */
import { equalNames, formatName, type Name, soaFields } from '@zonecast/dns'
import { type Problem, soaMailboxOdd } from './problem.ts'

/** What is odd about the RNAME of a SOA; nothing where it is that of the one before. */
export function* soaMailboxProblems(apex: Name, rdata: Uint8Array, before?: Uint8Array): Generator<Problem> {
  const { rname } = soaFields(rdata)
  if (before !== undefined && equalNames(soaFields(before).rname, rname)) return
  const [, local, domain] = /^(.*)\\@(.*)$/.exec(formatName(rname)) ?? []
  if (local !== undefined) yield soaMailboxOdd(apex, rname, `${local.replaceAll(/(?<!\\)\./g, '\\.')}.${domain}`)
}
