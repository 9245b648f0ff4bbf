/** What the page says of many changes. */
import type { Commentary } from '../lib/page/commentary.ts'

const single = 'one change a call'
const batch = '500 changes a call'
const rate = 'changes a second, until the last is answered'
const whole = '10 000 changes, until the last is answered'

export const commentary: Commentary = {
  order: 20,
  title: 'Many changes',
  claims: [
    {
      by: 'post',
      says: 'Peaks of changes pass without any being lost.',
      checks: [single, batch].map((group) => ({ of: { group, figure: 'changes lost' }, most: 0 })),
      aside: 'Every value is asked for after the last was answered.',
    },
    {
      by: 'target',
      says: '10 000 changes, one a call: the last is answered within 2 s, before any peer answers it.',
      checks: [
        { of: { group: single, figure: whole }, most: 2 },
        { aheadIn: [single], figure: rate },
      ],
      shortfall:
        'A change takes about 0.44 ms on a core in the zone API, 0.13 at the publisher and 0.2 at the edge (decision 0015), and two cores have to carry the client and the asker as well. ' +
        'Collecting garbage is a fifth of the zone API; the rest is spread over gRPC, checks, SQL and events. Half the time would take calls that carry many changes, which is what the next rows show.',
    },
    {
      by: 'target',
      says: '10 000 changes, 500 a call: the last is answered within 0.3 s.',
      checks: [
        { of: { group: batch, figure: whole }, most: 0.3 },
        { aheadIn: [batch], figure: rate },
      ],
      shortfall:
        'Knot and BIND apply an UPDATE to a tree in memory, in native code. Here the first 10 000 changes run in code that is not compiled yet: the third 10 000 take half the time on a core (decision 0015). ' +
        'It would take code that is warm at the start, or rules checked and pages edited in native code.',
    },
  ],
  how: [
    'Names are added to a zone of ten records, with 32 calls in flight: for ours on one connection, for BIND and Knot as UPDATE messages on 32 TCP connections. ' +
      'The time ends when the last change of each of the 32 is answered at the edge or the secondary; then every name is asked for. ' +
      'Whoever is tuned is sent one NOTIFY after the last change.',
    'PostgreSQL + Kafka is zonecast with its zones in PostgreSQL and its events over one Kafka broker, both as Debian and Apache give them: one of each program, everything on the same machine, so that the servers take their share of its cores.',
    'PowerDNS gets one change set at a time and one change in twenty: with more in flight its SQLite database is locked and the API refuses. Where it refuses even so, the client comes again 20 ms later.',
  ],
  plots: [{ figure: rate, title: 'Changes a second, until the last is answered', scale: 'log' }],
}
