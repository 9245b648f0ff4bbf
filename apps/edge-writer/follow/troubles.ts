/** Zones in trouble at an edge, with the reason: for its status and its metrics. */
import type { Metrics } from '@zonecast/runtime'
import type { Receiver } from '@zonecast/sync'

export type Troubled = (kind: 'damage' | 'quarantine') => Map<string, string>

/** Zones in trouble of one kind. */
export function troublesOf(receiver: Pick<Receiver, 'troubles'>): Troubled {
  return (kind) => {
    const found = new Map<string, string>()
    for (const trouble of receiver.troubles()) {
      const { reason } = trouble[kind] ?? {}
      if (reason !== undefined) found.set(trouble.zone, reason)
    }
    return found
  }
}

export function describeTroubles(metrics: Metrics, troubled: Troubled): void {
  metrics.gauge({
    name: 'zonecast_edge_quarantined_zones',
    help: 'Zones of which no snapshot could be applied, tried again slowly.',
    collect: (gauge) => gauge.set(troubled('quarantine').size),
  })
  metrics.gauge({
    name: 'zonecast_edge_damaged_zones',
    help: 'Zones whose content is damaged and fetched anew.',
    collect: (gauge) => gauge.set(troubled('damage').size),
  })
}
