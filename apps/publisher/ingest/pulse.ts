/** An event log that is given up when the zone API does not answer: a process that stands still keeps its connections for minutes. */
import { Code, ConnectError } from '@connectrpc/connect'
import type { EventBatch, EventLog, WatchFrom } from '@zonecast/event-log'
import { type Clock, pause } from '@zonecast/runtime'
import type { ZoneApiAddress } from './zone-api.ts'

export interface PulsePorts {
  readonly events: () => EventLog
  readonly zoneApi: () => Pick<ZoneApiAddress, 'health'>
  readonly clock: Clock
}

/** The zone API is asked this long after it has answered, */
const pauseMs = 1_000
/** and has this long to answer. */
const patienceMs = 3_000

export function withPulse(ports: PulsePorts): EventLog {
  return { watch: (from) => watch(ports, from) }
}

async function* watch(ports: PulsePorts, from: WatchFrom): AsyncGenerator<EventBatch, void, undefined> {
  const lost = new AbortController()
  const over = new AbortController()
  void ask(ports, AbortSignal.any([from.signal, over.signal]), lost)
  try {
    yield* ports.events().watch({ ...from, signal: AbortSignal.any([from.signal, lost.signal]) })
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error
  } finally {
    over.abort()
  }
}

async function ask({ zoneApi, clock }: PulsePorts, signal: AbortSignal, lost: AbortController): Promise<void> {
  while (!signal.aborted) {
    try {
      await zoneApi().health.check({ service: '' }, { signal, timeoutMs: patienceMs })
    } catch (error) {
      // Whatever else it says, it says something; what breaks the connection breaks the watch.
      if (ConnectError.from(error).code === Code.DeadlineExceeded && !signal.aborted)
        return lost.abort(new Error(`the zone API has not answered for ${patienceMs} ms`))
    }
    await pause(clock, pauseMs, signal)
  }
}
