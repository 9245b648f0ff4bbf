/** What the page says of the old way. */
import type { Commentary } from '../lib/page/commentary.ts'

const group = '1 000 000 records'
const http1 = 'REST + JSON over HTTP/1.1'
const memory = 'memory above idle: publisher and edge'

export const commentary: Commentary = {
  order: 40,
  title: 'The old way: REST and JSON',
  claims: [
    {
      by: 'post',
      says: 'Large zones over HTTP run into limits of size.',
      checks: [
        { of: { group, system: http1, figure: 'publisher → edge' }, over: { group, figure: 'publisher → edge' }, least: 1 },
      ],
      aside:
        'The whole zone is one body: the limits of web server and client had to be raised to 1 GiB before it passed at all, and every program has to hold it several times.',
    },
    {
      by: 'target',
      says: 'A zone of a million records from the commit to the first right answer: 10 times faster than the old way, with a tenth of the memory.',
      checks: [
        {
          of: { group, system: http1, figure: 'committed → answered' },
          over: { group, figure: 'committed → answered' },
          least: 10,
        },
        { of: { group, system: http1, figure: memory }, over: { group, figure: memory }, least: 10 },
      ],
      shortfall:
        'The time of ours is that of the large zone above: two cores check, sum and write the zone at publisher and edge. The old way is fast where Node is native: JSON.parse, and LMDB without checks or digests.',
    },
  ],
  how: [
    'The old way is built as a team would have built it: three programs (zone API, publisher, edge) in the same language, with the same DNS library, on Fastify. The API keeps ' +
      'an RR a row in SQLite, as durable as ours; it tells the publisher by POST that a zone is ready; the publisher gets the zone as JSON, sorts it, and puts it to the edge, which ' +
      'keeps RRsets in LMDB. Connections are kept: a pool over HTTP/1.1, or one session over HTTP/2. A new version stands beside the old one until it is whole.',
    'Every change of a zone publishes all of the zone: that is what “one change in it” shows. The rows over HTTP/2 say how much of the difference is the protocol and how much is the design.',
  ],
  plots: [
    { figure: 'committed → answered', title: 'A zone of a million records' },
    { figure: memory, title: 'Memory above idle, publisher and edge' },
    { figure: 'one change in it: sent → answered', title: 'One change in a zone of a million records', scale: 'log' },
  ],
}
