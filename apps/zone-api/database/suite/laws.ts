/** What a law of the suite is given. */
import type { QuotaLimits } from '../quotas/quota-port.ts'
import type { Retention } from '../retention.ts'
import type { Place } from '../schema-state.ts'
import type { ZoneDatabase } from '../zone-database.ts'

/** A database under test, which can be closed and opened again. */
export interface UnderTest {
  readonly database: ZoneDatabase
  reopen(options?: { readonly retention?: Retention; readonly quotas?: QuotaLimits }): Promise<void>
  readonly place: Place
  /** A place of the same engine where there is no database yet. */
  otherPlace(): Promise<Place>
}

export type Law = [name: string, holds: (state: UnderTest) => Promise<void>]
