/** Health of `zonecast.dns`: whether DNS clients are to be sent to this edge. */
import { type HealthState, ServingStatus } from '@zonecast/rpc'
import type { Clock } from '@zonecast/runtime'
import type { ZoneStore } from '@zonecast/zone-store'

export const dnsHealthService = 'zonecast.dns'

/** How often an edge that is not ready looks whether it is. */
const lookMs = 250

export interface ReadinessPorts {
  readonly health: Pick<HealthState, 'set'>
  readonly store: Pick<ZoneStore, 'zones'>
  readonly level: () => boolean
  readonly clock: Clock
}

/**
 * An edge that starts with zones is ready with what it has, whoever is away; a new one when it has all that a publisher had. Until then
 * it would know nothing of names that others answer.
 */
export function reportReadiness({ health, store, level, clock }: ReadinessPorts): { close(): void } {
  const tell = (ready: boolean) => health.set(dnsHealthService, ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING)
  let next: { cancel(): void } | undefined
  const look = () => {
    const ready = level()
    tell(ready)
    next = ready ? undefined : clock.schedule(lookMs, look)
  }
  if (store.zones()[Symbol.iterator]().next().done) look()
  else tell(true)
  return { close: () => next?.cancel() }
}
