/** What the page says of latency spikes. */
import type { Commentary } from '../lib/page/commentary.ts'

const group = 'a large zone passes'
const http1 = 'REST + JSON over HTTP/1.1'
const http2 = 'REST + JSON over HTTP/2'
const p999 = 'due → answered, p99.9'

export const commentary: Commentary = {
  order: 41,
  title: 'Latency spikes',
  claims: [
    {
      by: 'post',
      says: 'With HTTP/2 instead of HTTP/1.1 the height and the frequency of latency peaks fell.',
      checks: [{ of: { group, system: http1, figure: p999 }, over: { group, system: http2, figure: p999 }, least: 1 }],
      aside:
        'The check is about the protocol alone: the same programs over HTTP/1.1 and over HTTP/2. Most of what the post saw came with the rest of the change: what is sent, and in which pieces.',
      shortfall:
        'What a small change waits for in the old way is the JSON of the large zone, which is made, parsed and stored on the loop that serves the change. The protocol below does not move that; and where ' +
        'HTTP/1.1 has a connection for each of a few calls, over HTTP/2 the small ones stand behind the frames of the large one on the same connection.',
    },
    {
      by: 'target',
      says: 'p99.9 of small changes beside a large zone is 10 times better than over HTTP/1.1 with JSON.',
      checks: [{ of: { group, system: http1, figure: p999 }, over: { group, figure: p999 }, least: 10 }],
      shortfall:
        'The first round is 10 times better, the later ones less: the old way sends the same zone again, in code that is warm by then, and ours imports, checks, sums and stores a new one each time. What is left of our ' +
        'peaks are pieces of the large zone that are being written as the change comes, in each of three programs, on two cores that all of them share. It would take a third core, or smaller pieces, which ' +
        'cost throughput.',
    },
  ],
  how: [
    'Every 20 ms a change to one of many zones of ten records is due, whatever became of those before it, while a zone of a million records passes from the API to the edge. ' +
      'A change counts from when it was due until its first right answer at the edge, which is asked for in turn with one question a millisecond. For ours the large zone is imported anew, with ' +
      'another TTL in every RR, so that parsing, storing and sending all of it is in the measured time; the old way sends again what its database has.',
    'All three systems are there at once and take turns: a window lasts 15 s at least and until the zone that passes has come through, and the next begins when the system is done with removing what was ' +
      'replaced. A window has some 1 000 changes: one in a thousand is the slowest of them, or the next to it.',
    'A spike is one change or several in a row that took longer than 50 ms.',
  ],
  plots: [
    { figure: 'due → answered, p50', title: 'Half of the changes', scale: 'log' },
    { figure: p999, title: 'One change in a thousand', scale: 'log' },
  ],
}
