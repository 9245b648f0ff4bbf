/** The publisher's store under watch: it is scrubbed, read where an edge refuses what came of it, and told of by health. */
import { ServingStatus, type HealthState } from '@zonecast/rpc'
import { systemClock } from '@zonecast/runtime'
import { startScrub, type ZoneStore } from '@zonecast/zone-store'
import type { Damage } from './ingest/damage.ts'
import type { PublisherOptions } from './publisher.ts'

/** As health calls the store: not serving while something in it is damaged. */
const service = 'zonecast.publisher.store'

export interface StoreWatch {
  /** Has a zone read through next. */
  suspect(zone: string): void
  report(health: HealthState): void
  close(): void
}

export function watchStore(
  { config, log, metrics, clock = systemClock }: PublisherOptions,
  { store, damage }: { readonly store: ZoneStore; readonly damage: Damage },
): StoreWatch {
  const damaged = (zone: string, reason: string) => damage.found(zone, reason)
  const passMs = config.scrub.passHours * 3_600_000
  const scrub = startScrub({ store, program: 'publisher', clock, log, metrics, passMs, damaged })
  return {
    suspect: (zone) => {
      // Until it is whole again, nothing more can be found.
      if (!damage.has(zone)) scrub.suspect(zone)
    },
    report: (health) => {
      const tell = () => health.set(service, damage.size > 0 ? ServingStatus.NOT_SERVING : ServingStatus.SERVING)
      tell()
      damage.watch(tell)
    },
    close: () => scrub.close(),
  }
}
