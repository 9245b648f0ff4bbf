/** What a publisher counts beside the steps of a change. */
import type { Metrics } from '@zonecast/runtime'

export type PublisherMetrics = ReturnType<typeof publisherMetrics>

export function publisherMetrics(metrics: Metrics) {
  return {
    steps: metrics,
    events: metrics.counter({ name: 'zonecast_publisher_events_total', help: 'Events taken from the zone API.' }),
    releases: metrics.counter({
      name: 'zonecast_publisher_releases_total',
      help: 'Releases sent, by how their content travels.',
      labels: ['body'],
    }),
    acks: metrics.counter({ name: 'zonecast_publisher_acks_total', help: 'Releases that edges acknowledged.' }),
    nacks: metrics.counter({
      name: 'zonecast_publisher_nacks_total',
      help: 'Releases that edges refused, by reason.',
      labels: ['reason'],
    }),
    walkOctets: metrics.counter({ name: 'zonecast_publisher_walk_octets_total', help: 'Octets of pages sent by FetchZone.' }),
    indexDifferences: metrics.counter({
      name: 'zonecast_publisher_index_differences_total',
      help: 'Listings that did not agree with the index of heads.',
    }),
  }
}

/** Values that are read when asked for. */
export interface Gauges {
  readonly edges: () => number
  readonly zones: () => number
  readonly orphans: () => number
  readonly behind: () => number
  readonly waiting: () => number
  readonly damaged: () => number
  readonly connected: () => boolean
  /** Of Kafka, where events come from there. */
  readonly kafka?: { readonly reached: () => boolean; readonly lag: () => number }
}

export function registerGauges(metrics: Metrics, gauges: Gauges): void {
  const gauge = (name: string, help: string, read: () => number) =>
    void metrics.gauge({ name, help, collect: (one) => one.set(read()) })
  gauge('zonecast_publisher_edges_connected', 'Edges that follow.', gauges.edges)
  gauge('zonecast_publisher_zones_indexed', 'Zones in the index of heads, tombstones included.', gauges.zones)
  gauge('zonecast_publisher_zones_orphaned', 'Zones in the store that no head names.', gauges.orphans)
  gauge('zonecast_publisher_zones_behind', 'Zones whose newest head is not on disk.', gauges.behind)
  gauge('zonecast_publisher_zones_waiting', 'Zones whose content is to be fetched.', gauges.waiting)
  gauge('zonecast_publisher_damaged_zones', 'Zones whose content is damaged in the store and fetched anew.', gauges.damaged)
  gauge('zonecast_publisher_zoneapi_connected', '1 while the zone API is followed.', () => (gauges.connected() ? 1 : 0))
  const { kafka } = gauges
  if (kafka === undefined) return
  gauge('zonecast_publisher_kafka_connected', '1 while events come from Kafka.', () => (kafka.reached() ? 1 : 0))
  gauge('zonecast_publisher_kafka_lag_events', 'Events of the topic that are not read yet.', kafka.lag)
}
