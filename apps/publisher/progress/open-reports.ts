/** Joins reports and orders to the zone APIs they go to and come from. */
import type { Clock, Logger } from '@zonecast/runtime'
import type { Config } from '../config.ts'
import type { Heads } from '../ingest/heads.ts'
import { openZoneApiAddress, zoneApiOptions } from '../ingest/zone-api.ts'
import { Orders } from '../orders/orders.ts'
import type { Edges } from '../release/edges.ts'
import { Report } from './report.ts'
import { Reports } from './reports.ts'

interface ReportingPorts {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  readonly heads: Heads
  readonly edges: Edges
}

/** Reports to every zone API that is configured, and what operators order there. */
export function openReports({ config, clock, log, heads, edges }: ReportingPorts): Reports {
  const { publisherId, shards } = config
  return new Reports({
    urls: config.zoneApiUrl,
    open: (url, address) =>
      openZoneApiAddress({
        ...zoneApiOptions(config, log, url),
        ...(address !== undefined && { resolve: async () => [{ address }] }),
      }),
    report: (address) =>
      new Report({ address, publisherId, shards, index: heads.index, edges: () => edges.current(), clock, log }),
    orders: (address) => new Orders({ address, publisherId, shards, edgeOf: (edgeId) => edges.of(edgeId), clock, log }),
    clock,
    log,
  })
}
