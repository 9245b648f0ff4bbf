/** Events from Kafka, and how that goes. */
import { type EventLog, kafkaEventLog } from '@zonecast/event-log'
import type { Clock, Logger } from '@zonecast/runtime'
import type { Config } from '../config.ts'
import { apartLog } from './apart-log.ts'
import type { ZoneApi } from './zone-api.ts'

export interface EventsFromKafka {
  readonly events: EventLog
  /** True while events come from there. */
  readonly reached: () => boolean
  /** Events of the topic that are not read yet. */
  readonly lag: () => number
}

interface Ports {
  readonly config: Pick<Config, 'kafka' | 'publisherId'>
  readonly zoneApi: ZoneApi
  readonly clock: Clock
  readonly log: Logger
}

export function eventsFromKafka({ config: { kafka, publisherId }, zoneApi, clock, log }: Ports): EventsFromKafka {
  let isReached = false
  let lag = 0
  const onLag = (events: number) => {
    lag = events
  }
  const onReached = (reached: boolean) => {
    isReached = reached
  }
  const apart = kafkaEventLog({ settings: kafka, clientId: `zonecast.publisher.${publisherId}`, clock, log, onLag })
  const events = apartLog({ apart, zoneApi: () => zoneApi.current, clock, log, onReached })
  return { events, reached: () => isReached, lag: () => lag }
}
