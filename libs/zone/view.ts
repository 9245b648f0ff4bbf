/** One version of a zone, as rules and lookup read it. */
import type { Name, RR } from '@zonecast/dns'
import type { PageReader } from './reader.ts'

/**
 * A version that does not change as long as the object lives, and neither do the bytes its reader hands out: lookup keeps what it
 * learns of a view. The SOA stands beside the pages, so that a change touches one page.
 */
export interface ZoneView {
  readonly apex: Name
  readonly soa: RR
  readonly pages: PageReader
}
